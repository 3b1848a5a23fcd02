/* Functions that nobody here may call. Included last in every .c file.
 * Unbounded or ambiguous string functions, non-reentrant time, and the C library's randomness. */
#ifndef WEIR_BASE_BANNED_H
#define WEIR_BASE_BANNED_H

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atof
#pragma GCC poison gmtime localtime ctime asctime rand srand random srandom system

#endif
