/** HTTP heads: whatever is accepted lies inside the input, and is accepted only as a whole. */
#include "base/err.h"
#include "fuzz/fuzz.h"
#include "relay/signal/http_head.h"

static bool inside(struct str_view view, const uint8_t *data, size_t len)
{
    const char *start = (const char *)data;
    return view.at == NULL || view.len == 0 ||
           (view.at >= start && view.at + view.len <= start + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct http_head head;
    struct http_fault fault = {0};
    int err = http_head_parse((const char *)data, len, &head, &fault);
    if (err == ERR_MALFORMED) {
        FUZZ_CHECK(fault.status >= 400 && fault.status < 600 && fault.detail != NULL);
    }
    if (err != 0) {
        return 0;
    }
    FUZZ_CHECK(head.bytes <= len && head.bytes <= HTTP_MAX_HEAD_BYTES);
    FUZZ_CHECK(head.content_length <= HTTP_MAX_BODY_BYTES);
    FUZZ_CHECK(inside(head.request.query, data, len));
    for (size_t i = 0; i < head.request.field_count; i++) {
        FUZZ_CHECK(inside(head.request.fields[i].name, data, head.bytes));
        FUZZ_CHECK(inside(head.request.fields[i].value, data, head.bytes));
    }
    struct http_head part;
    FUZZ_CHECK(http_head_parse((const char *)data, head.bytes - 1, &part, &fault) == ERR_TRUNCATED);
    return 0;
}
