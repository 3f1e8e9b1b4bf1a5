/**
 * What tests of signalling begin with: our end of a path, a wish, an offer.
 */
#ifndef TESTS_UNIT_LOAD_LOAD_KIT_H
#define TESTS_UNIT_LOAD_LOAD_KIT_H

#include "load/agreement.h"
#include "load/dial.h"

/** 192.0.2.7:5000 and [2001:db8::7]:5001, fingerprint 00:01:02... */
struct agreement_local load_kit_local(void);

/** Sends and receives a stream of each kind. */
struct dial_wish load_kit_wish(void);

#endif
