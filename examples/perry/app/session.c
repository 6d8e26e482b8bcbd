/* A program that sets the state through the runtime's C names and asks it in both ways.
 * With two runtimes in one program the two answers differ: each has a state of its own. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int32_t js_http_init_dispatch(void);
size_t js_zlib_gzip_sync(const unsigned char *from, size_t length, unsigned char *to, size_t room);
void js_state_set(int64_t value);
int64_t js_state_get(void);
int64_t js_session_state(void);

int main(void)
{
    unsigned char text[271] = {0};
    unsigned char packed[512];

    printf("dispatch=%d gzip=%zu ", (int)js_http_init_dispatch(),
           js_zlib_gzip_sync(text, sizeof text, packed, sizeof packed));
    js_state_set(5);
    printf("state=%lld session=%lld\n", (long long)js_state_get(), (long long)js_session_state());
    return 0;
}
