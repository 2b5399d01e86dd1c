#include "core/vault/memory.h"

#include "core/crypto/crypto.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#define PAGE_BYTES_MIN 4096 /* smaller pieces are no pages of the cache */

struct free_page {
    struct free_page *next;
};

static sqlite3_mem_methods base;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct free_page *free_pages;
static uint8_t *pages_begin, *pages_end; /* locked, until the process ends */
static size_t page_size;

static bool is_page(const void *memory)
{
    const uint8_t *at = memory;
    return at >= pages_begin && at < pages_end;
}

static void *take_page(void)
{
    (void)pthread_mutex_lock(&lock);
    struct free_page *page = free_pages;
    if (page)
        free_pages = page->next;
    (void)pthread_mutex_unlock(&lock);
    return page;
}

static void give_page(void *memory)
{
    struct free_page *page = memory;
    (void)pthread_mutex_lock(&lock);
    page->next = free_pages;
    free_pages = page;
    (void)pthread_mutex_unlock(&lock);
}

static void *memory_take(int bytes)
{
    void *page = bytes > PAGE_BYTES_MIN && (size_t)bytes <= page_size ? take_page() : NULL;
    return page ? page : base.xMalloc(bytes);
}

static int memory_size(void *memory)
{
    if (!memory)
        return 0;
    return is_page(memory) ? (int)page_size : base.xSize(memory);
}

static void memory_free(void *memory)
{
    if (!memory)
        return;
    hf_wipe(memory, (size_t)memory_size(memory));
    if (is_page(memory))
        give_page(memory);
    else
        base.xFree(memory);
}

/* Never in place: what is left behind has to be wiped. */
static void *memory_resize(void *memory, int bytes)
{
    const int had = memory_size(memory);
    void *now = memory_take(bytes);
    if (!now)
        return NULL;
    memcpy(now, memory, (size_t)(had < bytes ? had : bytes));
    memory_free(memory);
    return now;
}

static void make_pages(size_t pages, size_t page_bytes)
{
    uint8_t *all = hf_secret_alloc(pages * page_bytes);
    if (!all)
        return;
    pages_begin = all;
    pages_end = all + pages * page_bytes;
    page_size = page_bytes;
    for (size_t i = pages; i > 0; i--)
        give_page(all + (i - 1) * page_bytes);
}

bool hf_vault_memory_begin(size_t pages, size_t page_bytes)
{
    sqlite3_mem_methods methods;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &base) != SQLITE_OK)
        return false;
    methods = base;
    methods.xMalloc = memory_take;
    methods.xFree = memory_free;
    methods.xRealloc = memory_resize;
    methods.xSize = memory_size;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
        return false;
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0); /* one page at a time */
    make_pages(pages, page_bytes);
    return true;
}
