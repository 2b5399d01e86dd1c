/* The smallest program that uses the installed library: prints its version. */
#include <holdfast/holdfast.h>

#include <stdio.h>

int main(void)
{
    return printf("%s\n", holdfast_version()) < 0;
}
