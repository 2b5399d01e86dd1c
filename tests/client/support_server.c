/* The small office in memory that the tests of core/replica have made: one for both rooms. */
#include "tests/replica/support_server.c"
