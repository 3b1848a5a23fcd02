/* Two short lists and a count of references. */
#include "wire/objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct weir_held_statement *weir_held_statement_create(const char *name, size_t arena_cap) {
    weir_check(strlen(name) <= WEIR_MESSAGE_NAME_LIMIT);
    struct weir_held_statement *statement = calloc(1, sizeof *statement);
    if (statement == NULL)
        return NULL;
    statement->arena = weir_arena_create(arena_cap);
    if (statement->arena == NULL) {
        free(statement);
        return NULL;
    }
    memcpy(statement->name, name, strlen(name) + 1);
    statement->references = 1;
    return statement;
}

void weir_held_statement_release(struct weir_held_statement *statement) {
    if (statement == NULL || --statement->references > 0)
        return;
    weir_statements_release(&statement->statements);
    weir_arena_destroy(statement->arena);
    free(statement);
}

struct weir_held_statement *weir_objects_find_statement(const struct weir_objects *objects,
                                                        const char *name) {
    struct weir_held_statement *statement = objects->statements;
    while (statement != NULL && strcmp(statement->name, name) != 0)
        statement = statement->next;
    return statement;
}

bool weir_objects_drop_statement(struct weir_objects *objects, const char *name) {
    struct weir_held_statement **link = &objects->statements;
    while (*link != NULL && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    struct weir_held_statement *statement = *link;
    if (statement == NULL)
        return false;
    *link = statement->next;
    objects->statement_count--;
    objects->text_len -= statement->text_len;
    weir_held_statement_release(statement);
    return true;
}

void weir_objects_drop_statements(struct weir_objects *objects) {
    while (objects->statements != NULL)
        (void)weir_objects_drop_statement(objects, objects->statements->name);
}

weir_status weir_objects_keep_statement(struct weir_objects *objects,
                                        struct weir_held_statement *statement,
                                        struct weir_error *error) {
    if (statement->name[0] == '\0')
        (void)weir_objects_drop_statement(objects, "");
    else if (weir_objects_find_statement(objects, statement->name) != NULL)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "42P05",
                               "prepared statement \"%s\" already exists", statement->name);
    if (objects->statement_count == WEIR_OBJECTS_STATEMENT_LIMIT ||
        statement->text_len > WEIR_OBJECTS_TEXT_LIMIT - objects->text_len) {
        weir_fail_state(error, WEIR_ERROR_LIMIT, "54000",
                        "the session holds too many prepared statements");
        return weir_error_hint(error, "Close some: a session may hold %d, with %d bytes of text.",
                               WEIR_OBJECTS_STATEMENT_LIMIT, WEIR_OBJECTS_TEXT_LIMIT);
    }
    statement->next = objects->statements;
    objects->statements = statement;
    objects->statement_count++;
    objects->text_len += statement->text_len;
    return WEIR_OK;
}

struct weir_portal *weir_objects_find_portal(const struct weir_objects *objects, const char *name) {
    struct weir_portal *portal = objects->portals;
    while (portal != NULL && strcmp(portal->name, name) != 0)
        portal = portal->next;
    return portal;
}

void weir_objects_drop_portal(struct weir_objects *objects, const char *name) {
    struct weir_portal **link = &objects->portals;
    while (*link != NULL && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    struct weir_portal *portal = *link;
    if (portal == NULL)
        return;
    *link = portal->next;
    objects->portal_count--;
    weir_held_statement_release(portal->statement);
    weir_arena_destroy(portal->arena);
    free(portal);
}

void weir_objects_drop_portals(struct weir_objects *objects) {
    while (objects->portals != NULL)
        weir_objects_drop_portal(objects, objects->portals->name);
}

weir_status weir_objects_open_portal(struct weir_objects *objects, const char *name,
                                     struct weir_held_statement *statement, size_t arena_cap,
                                     struct weir_portal **portal, struct weir_error *error) {
    weir_check(strlen(name) <= WEIR_MESSAGE_NAME_LIMIT);
    if (name[0] == '\0')
        weir_objects_drop_portal(objects, "");
    else if (weir_objects_find_portal(objects, name) != NULL)
        return weir_fail_state(error, WEIR_ERROR_INVALID, "42P03", "portal \"%s\" already exists",
                               name);
    if (objects->portal_count == WEIR_OBJECTS_PORTAL_LIMIT)
        return weir_fail_state(error, WEIR_ERROR_LIMIT, "54000",
                               "the session holds %d open portals: close some",
                               WEIR_OBJECTS_PORTAL_LIMIT);
    struct weir_portal *made = calloc(1, sizeof *made);
    if (made == NULL)
        return WEIR_FAILED;
    made->arena = weir_arena_create(arena_cap);
    if (made->arena == NULL) {
        free(made);
        return WEIR_FAILED;
    }
    memcpy(made->name, name, strlen(name) + 1);
    made->statement = statement;
    statement->references++;
    made->next = objects->portals;
    objects->portals = made;
    objects->portal_count++;
    *portal = made;
    return WEIR_OK;
}
