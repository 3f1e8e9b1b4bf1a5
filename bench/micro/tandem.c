#include "base/err.h"
#include "forwarder.h"

static int tandem_open(void **state, const struct forwarder_setup *setup)
{
    (void)state;
    (void)setup;
    return ERR_UNSUPPORTED;
}

const struct forwarder forwarder_tandem = {.name = "tandem", .open = tandem_open};
