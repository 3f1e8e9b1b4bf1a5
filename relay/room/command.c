#include "room/command.h"

#include <stdlib.h>

#include "base/err.h"

int command_new(struct command **out, enum command_kind kind, uint32_t number)
{
    struct command *command = calloc(1, sizeof(*command));
    if (command == NULL) {
        return ERR_NO_MEMORY;
    }
    command->kind = kind;
    command->number = number;
    *out = command;
    return 0;
}

void command_free(struct command **command)
{
    if (*command != NULL) {
        free((*command)->session);
        free(*command);
        *command = NULL;
    }
}
