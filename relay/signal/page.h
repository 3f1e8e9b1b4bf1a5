/**
 * Serves the call page: its files and the headers that keep it safe.
 */
#ifndef SIGNAL_PAGE_H
#define SIGNAL_PAGE_H

#include "message.h"

/**
 * Answers a request for one of the page's files with 200, 304, 404 or 405.
 *
 * @param path below relay/web; "index.html" for the page itself
 */
void page_serve(const struct http_request *request, const char *path,
                struct http_response *response);

#endif
