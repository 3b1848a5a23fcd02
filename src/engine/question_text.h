/* A plan in words: what notices and explanations share. */
#ifndef WEIR_ENGINE_QUESTION_TEXT_H
#define WEIR_ENGINE_QUESTION_TEXT_H

#include "engine/question.h"

/* All in the arena; NULL when it is exhausted. */
const char *weir_text_aggregate(const struct weir_asking *asking, size_t place); /* "count(*)" */
/* "Price: epsilon 0.1 at delta 1e-09 ...". */
const char *weir_text_price(const struct weir_asking *asking);
const char *weir_text_unit(const struct weir_asking *asking); /* "resident" */

/* The measure that an aggregate's interval comes from, and the half width of that interval at
 * `noise`, rounding included; of an average, before it is divided by the number of its values. */
const struct weir_measure *weir_text_measure(const struct weir_asking *asking, size_t place);
double weir_text_half_width(const struct weir_asking *asking, size_t place,
                            const struct weir_measure_noise *noise, double confidence);

#endif
