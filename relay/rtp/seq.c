#include "rtp/seq.h"

int64_t seq_unwrap(struct seq_unwrap *unwrap, uint16_t seq)
{
    if (!unwrap->started) {
        unwrap->started = true;
        unwrap->highest = INT64_C(65536) + seq;
        return unwrap->highest;
    }
    int64_t extended = seq_extend(unwrap->highest, seq);
    if (extended > unwrap->highest) {
        unwrap->highest = extended;
    }
    return extended;
}

int64_t seq_unwrap32(struct seq_unwrap32 *unwrap, uint32_t value)
{
    if (!unwrap->started) {
        unwrap->started = true;
        unwrap->highest = (INT64_C(1) << 32) + value;
        return unwrap->highest;
    }
    int64_t extended = seq_extend32(unwrap->highest, value);
    if (extended > unwrap->highest) {
        unwrap->highest = extended;
    }
    return extended;
}
