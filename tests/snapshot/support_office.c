/* The office of the server's tests: one for both rooms. */
#include "tests/server/support_office.c"
