#include "feedback_cover.h"

void feedback_cover_init(struct feedback_cover *cover, int64_t doubt_us)
{
    *cover = (struct feedback_cover){.next = -1, .sent_us = INT64_MIN, .doubt_us = doubt_us};
}

void feedback_cover_told(struct feedback_cover *cover, int64_t first, int64_t end, bool whole,
                         int64_t sent_us, int64_t now_us)
{
    if (cover->next < 0) {
        return;
    }
    if (first > cover->next || !whole) {
        cover->doubt_us = now_us + FEEDBACK_COVER_DOUBT_US;
    }
    if (end > cover->next) {
        cover->next = end;
        cover->sent_us = sent_us;
    }
}

int64_t feedback_cover_us(const struct feedback_cover *cover, int64_t highest, int64_t now_us)
{
    if (cover->next < 0 || now_us < cover->doubt_us) {
        return INT64_MIN;
    }
    return cover->next > highest ? now_us : cover->sent_us;
}
