#include "base/err.h"

const char *err_name(int err)
{
    static const char *const names[] = {
        "ok",
        "no memory",
        "truncated",
        "malformed",
        "unsupported",
        "not found",
        "full",
        "wrong state",
        "not authentic",
        "replayed",
        "crypto",
        "input/output",
        "try again",
        "closed",
        "invalid",
        "needs a keyframe",
    };
    int count = (int)(sizeof(names) / sizeof(names[0]));
    return err <= 0 && err > -count ? names[-err] : "unknown error";
}
