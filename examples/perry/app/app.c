/* What a compiled program looks like to the linker: an object that wants js_* names.
 * It has no way to tell a stub from the real function: both are called, both return. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int32_t js_http_init_dispatch(void);
int32_t js_node_http_status(void);
int64_t js_node_http_create_server(int32_t port);
size_t js_zlib_gzip_sync(const unsigned char *from, size_t length, unsigned char *to, size_t room);
int32_t js_events_on(void);
int32_t js_events_emit(void);
int64_t js_state_get(void);

int main(void)
{
    unsigned char text[271] = {0};
    unsigned char packed[512];
    int32_t dispatch = js_http_init_dispatch();
    int64_t server = js_node_http_create_server(8080);

    js_events_on();
    js_events_on();
    printf("dispatch=%d server=%lld status=%d gzip=%zu heard=%d state=%lld\n",
           (int)dispatch, (long long)server, (int)js_node_http_status(),
           js_zlib_gzip_sync(text, sizeof text, packed, sizeof packed),
           (int)js_events_emit(), (long long)js_state_get());
    return 0;
}
