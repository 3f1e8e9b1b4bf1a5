#include "media/frame_numbers.h"

#include "rtp/seq.h"

bool frame_numbers_forward(struct frame_numbers *numbers, uint32_t change, uint16_t source,
                           uint16_t *out)
{
    if (change < numbers->change) {
        return false;
    }
    if (change > numbers->change) {
        uint16_t next = (uint16_t)(numbers->newest + 1);
        numbers->offset = numbers->change == 0 ? 0 : (uint16_t)(next - source);
        numbers->newest = (uint16_t)(source + numbers->offset);
        numbers->change = change;
    }
    uint16_t number = (uint16_t)(source + numbers->offset);
    if (seq_newer(number, numbers->newest)) {
        numbers->newest = number;
    }
    *out = number;
    return true;
}
