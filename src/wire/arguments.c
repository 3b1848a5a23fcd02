/* Reading the arguments of a run from Bind: into values for the engine, into texts for the
 * introspection shadow. */
#include "wire/command.h"

#include "wire/types.h"

#include "base/banned.h"

/* A value the client sent as its own type; the error names the parameter, never what was sent. */
static weir_status read_value(struct weir_arena *arena, const struct weir_command *command,
                              const struct weir_message_bind *bind, size_t place,
                              enum weir_type type, struct weir_value *value,
                              struct weir_error *error) {
    const struct weir_message_argument *argument = &bind->arguments[place];
    if (weir_argument_read(arena, argument, command->parameter_oids[place], type, value))
        return WEIR_OK;
    return weir_fail_state(error, WEIR_ERROR_INVALID, argument->is_binary ? "22P03" : "22P02",
                           "parameter $%zu is not a valid %s", place + 1, weir_type_name(type));
}

static weir_status read_values(struct weir_arena *arena, const struct weir_command *command,
                               const struct weir_message_bind *bind,
                               struct weir_arguments *arguments, struct weir_error *error) {
    struct weir_value *values = WEIR_NEW_ARRAY(arena, bind->argument_count, struct weir_value);
    if (values == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < bind->argument_count; i++)
        WEIR_TRY(
            read_value(arena, command, bind, i, command->parameters[i].type, &values[i], error));
    arguments->values = values;
    return WEIR_OK;
}

static const char *print_value(struct weir_arena *arena, const struct weir_value *value) {
    struct weir_buffer text = {0};
    weir_value_print(value, &text);
    char *copy = text.failed ? NULL : weir_arena_copy(arena, text.bytes, text.len);
    weir_buffer_free(&text);
    return copy;
}

static weir_status read_texts(struct weir_arena *arena, const struct weir_command *command,
                              const struct weir_message_bind *bind,
                              struct weir_arguments *arguments, struct weir_error *error) {
    const char **texts = WEIR_NEW_ARRAY(arena, bind->argument_count, const char *);
    if (texts == NULL)
        return WEIR_FAILED;
    for (size_t i = 0; i < bind->argument_count; i++) {
        enum weir_type type;
        struct weir_value value;
        weir_check(weir_oid_type(command->parameter_oids[i], &type));
        WEIR_TRY(read_value(arena, command, bind, i, type, &value, error));
        if (value.is_null)
            continue;
        texts[i] = print_value(arena, &value);
        if (texts[i] == NULL)
            return WEIR_FAILED;
    }
    arguments->texts = texts;
    return WEIR_OK;
}

weir_status weir_command_bind(struct weir_arena *arena, const struct weir_command *command,
                              const struct weir_message_bind *bind,
                              struct weir_arguments *arguments, struct weir_error *error) {
    *arguments = (struct weir_arguments){0};
    if (bind->argument_count != command->parameter_count)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "08P01",
                               "the statement has %zu parameters, but %zu were sent",
                               command->parameter_count, bind->argument_count);
    size_t total = 0;
    for (size_t i = 0; i < bind->argument_count; i++)
        total += bind->arguments[i].len > 0 ? (size_t)bind->arguments[i].len : 0;
    if (total > WEIR_MESSAGE_PARAMETERS_LIMIT)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "54000",
                               "the parameters are longer than %d bytes together",
                               WEIR_MESSAGE_PARAMETERS_LIMIT);
    return command->prepared != NULL ? read_values(arena, command, bind, arguments, error)
                                     : read_texts(arena, command, bind, arguments, error);
}
