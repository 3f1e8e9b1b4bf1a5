#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/app/ending.h"
#include "unit/runner.h"

static void ignore(int number)
{
    (void)number;
}

/** What becomes of a program that hangs after ending_begin; what it says comes through `out`. */
static int fate_of_hanging(int64_t limit_us, int sent, char *out, size_t room)
{
    int ends[2] = {-1, -1};
    int status = -1;
    memset(out, 0, room);
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)signal(SIGTERM, ignore); /* as the program did until then */
        (void)signal(SIGINT, ignore);
        ending_begin(limit_us);
        if (sent != 0) {
            (void)raise(sent);
        }
        while (1) {
            (void)pause();
        }
    }
    (void)close(ends[1]);
    if (child > 0 && read(ends[0], out, room - 1) >= 0) {
        (void)waitpid(child, &status, 0);
    }
    (void)close(ends[0]);
    return status;
}

TEST_NO_OOM(a_program_that_hangs_at_its_end_is_ended)
{
    char said[200];
    int status = fate_of_hanging(1000, 0, said, sizeof(said));
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 1);
    CHECK(strstr(said, "did not end in time") != NULL);
    goto out;
out:
    return;
}

TEST_NO_OOM(another_signal_ends_it_at_once)
{
    static const int signals[] = {SIGTERM, SIGINT};
    char said[200];
    for (size_t i = 0; i < 2; i++) {
        int status = fate_of_hanging(60000000, signals[i], said, sizeof(said));
        CHECK(WIFSIGNALED(status));
        CHECK_INT(WTERMSIG(status), signals[i]);
    }
    goto out;
out:
    return;
}
