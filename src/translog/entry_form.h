/* What printing and parsing of entries share: the names of the kinds and the canonical form. */
#ifndef WEIR_TRANSLOG_ENTRY_FORM_H
#define WEIR_TRANSLOG_ENTRY_FORM_H

#include "translog/entry.h"

#include <jansson.h>

#define WEIR_ENTRY_DUMP_FLAGS (JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII)

const char *weir_entry_kind_name(enum weir_entry_kind kind);

#endif
