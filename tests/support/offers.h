/**
 * The 49 recorded offers (tests/vectors/offers), and what a negotiation of tests needs.
 */
#ifndef TESTS_SUPPORT_OFFERS_H
#define TESTS_SUPPORT_OFFERS_H

#include <stddef.h>

#include "signal/negotiate.h"

enum { OFFERS_COUNT = 49 };

/** Name for vectors_load_text, "offers/...". */
const char *offers_name(size_t i);

/** What the client recorded it for: publish is WHIP, subscribe WHEP, the rest a call. */
enum negotiate_kind offers_kind(size_t i);

/** 192.0.2.1 and 2001:db8::1 with port 7000, UDP and TCP. */
const struct negotiate_config *offers_config(void);

#endif
