/* Functions that nobody here may call. Included last in every .c file.
 * Unbounded or ambiguous string functions, non-reentrant time, and the C library's randomness. */
#ifndef WEIR_BASE_BANNED_H
#define WEIR_BASE_BANNED_H

#undef sprintf /* clang's fortified headers make it a macro, which cannot be poisoned */
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atof
#pragma GCC poison gmtime localtime ctime asctime rand srand random srandom system

#endif
