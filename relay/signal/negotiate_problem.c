#include "negotiate_problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

static void fill(struct negotiate_problem *problem, int status, unsigned line, const char *title)
{
    *problem = (struct negotiate_problem){.status = status, .line = line};
    (void)snprintf(problem->title, sizeof(problem->title), "%s", title);
}

static void fill_detail(struct negotiate_problem *problem, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void fill_detail(struct negotiate_problem *problem, const char *format, va_list args)
{
    size_t used = 0;
    if (problem->line > 0) {
        used =
            (size_t)snprintf(problem->detail, sizeof(problem->detail), "line %u: ", problem->line);
    }
    (void)vsnprintf(problem->detail + used, sizeof(problem->detail) - used, format, args);
}

int problem_malformed(struct negotiate_problem *problem, unsigned line, const char *format, ...)
{
    fill(problem, 400, line, "The session description is malformed");
    va_list args;
    va_start(args, format);
    fill_detail(problem, format, args);
    va_end(args);
    return ERR_MALFORMED;
}

int problem_unsupported(struct negotiate_problem *problem, int status, unsigned line,
                        const char *format, ...)
{
    fill(problem, status, line,
         status == 422 ? "The offer breaks the rules of this endpoint"
                       : "The offer cannot be served");
    va_list args;
    va_start(args, format);
    fill_detail(problem, format, args);
    va_end(args);
    return ERR_UNSUPPORTED;
}

int problem_no_memory(struct negotiate_problem *problem)
{
    fill(problem, 500, 0, "Out of memory");
    return ERR_NO_MEMORY;
}

int problem_from_sdp(struct negotiate_problem *problem, int err, const struct sdp_error *error)
{
    if (err == ERR_NO_MEMORY) {
        return problem_no_memory(problem);
    }
    fill(problem, 400, error->line, "The session description is malformed");
    (void)snprintf(problem->detail, sizeof(problem->detail), "%s", error->text);
    return ERR_MALFORMED;
}
