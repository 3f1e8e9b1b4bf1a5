#include <stdlib.h>

#include "base/window.h"
#include "unit/runner.h"

TEST(widened_window_keeps_its_numbers_and_zeroes_the_rest)
{
    uint16_t *items = window_widen(NULL, sizeof(*items), 0, 4, 0);
    REQUIRE(items != NULL);
    for (uint16_t number = 65534; number != 2; number++) { /* four of them, over a wrap */
        items[number & 3] = (uint16_t)(number + 100);
    }
    uint16_t *wider = window_widen(items, sizeof(*items), 4, 16, 65538);
    REQUIRE(wider != NULL);
    items = wider;
    for (uint32_t number = 65534; number < 65538; number++) {
        CHECK_INT(items[number & 15], (uint16_t)(number + 100));
    }
    for (uint32_t number = 65538; number < 65550; number++) {
        CHECK_INT(items[number & 15], 0);
    }
out:
    free(items);
}
