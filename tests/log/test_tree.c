#include "tests/log/support_log.h"

#include "core/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Eight leaves of growing length and the roots of the trees of the first 1..8 of them, worked out from the
 * definition in RFC 6962 section 2.1 with another program. */
static const char *const leaf_hex[] = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
};
static const char *const root_hex[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void root__matches_known_trees(void **state)
{
    (void)state;
    struct hf_tree tree = {.size = 0};
    for (size_t i = 0; i < sizeof leaf_hex / sizeof leaf_hex[0]; i++) {
        uint8_t entry[16];
        size_t len = strlen(leaf_hex[i]) / 2;
        struct hf_hash leaf;
        struct hf_hash root;
        struct hf_hash wanted;
        assert_int_equal(hf_text_unhex(hf_slice_str(leaf_hex[i]), entry, len), HF_OK);
        hf_tree_leaf_hash(hf_slice_of(entry, len), &leaf);
        hf_tree_append(&tree, &leaf, NULL, NULL);
        hf_tree_root(&tree, &root);
        support_unhex(root_hex[i], &wanted);
        support_assert_same(&root, &wanted);
        assert_int_equal(tree.size, i + 1);
    }
}

static void root__of_no_leaves_is_the_hash_of_nothing(void **state)
{
    (void)state;
    struct hf_tree tree = {.size = 0};
    struct hf_hash root;
    struct hf_hash wanted;
    hf_tree_root(&tree, &root);
    support_unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &wanted);
    support_assert_same(&root, &wanted);
}

static void leaf_and_node__hash_apart(void **state)
{
    (void)state;
    struct hf_hash left;
    struct hf_hash right;
    struct hf_hash node;
    struct hf_hash leaf;
    uint8_t joined[2 * HF_HASH_BYTES];
    support_leaf_hash(1, &left);
    support_leaf_hash(2, &right);
    memcpy(joined, left.bytes, sizeof left.bytes);
    memcpy(joined + HF_HASH_BYTES, right.bytes, sizeof right.bytes);
    hf_tree_node_hash(&left, &right, &node);
    hf_tree_leaf_hash(hf_slice_of(joined, sizeof joined), &leaf);
    assert_memory_not_equal(node.bytes, leaf.bytes, sizeof node.bytes);
}

static void roots__agree_with_the_definition_for_every_size(void **state)
{
    (void)state;
    struct hf_node_store store;
    struct hf_tree tree = {.size = 0};
    support_fill(&store, 300);
    for (uint64_t size = 0; size <= 300; size++) {
        struct hf_hash naive;
        struct hf_hash grown;
        struct hf_hash stored;
        struct hf_tree loaded;
        support_naive_root(0, size, &naive);
        hf_tree_root(&tree, &grown);
        assert_int_equal(hf_tree_root_at(size, hf_node_store_get, &store, &stored), HF_OK);
        support_assert_same(&grown, &naive);
        support_assert_same(&stored, &naive);

        assert_int_equal(hf_tree_load(size, hf_node_store_get, &store, &loaded), HF_OK);
        struct hf_hash leaf;
        support_leaf_hash(size, &leaf);
        hf_tree_append(&tree, &leaf, NULL, NULL);
        hf_tree_append(&loaded, &leaf, NULL, NULL);
        struct hf_hash next;
        hf_tree_root(&tree, &grown);
        hf_tree_root(&loaded, &next);
        support_assert_same(&next, &grown);
    }
    hf_node_store_clear(&store);
}

static void root_at__beyond_what_is_stored_is_not_found(void **state)
{
    (void)state;
    struct hf_node_store store;
    struct hf_hash root = {.bytes = {7}};
    struct hf_tree tree = {.size = 99};
    support_fill(&store, 5);
    assert_int_equal(hf_tree_root_at(6, hf_node_store_get, &store, &root), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_tree_load(8, hf_node_store_get, &store, &tree), HF_ERR_NOT_FOUND);
    assert_int_equal(root.bytes[0], 7);
    assert_int_equal(tree.size, 99);
    hf_node_store_clear(&store);
}

struct told {
    size_t count;
    unsigned level[16];
    uint64_t index[16];
};

static void tell(void *ctx, unsigned level, uint64_t index, const struct hf_hash *hash)
{
    struct told *told = ctx;
    (void)hash;
    assert_true(told->count < 16);
    told->level[told->count] = level;
    told->index[told->count++] = index;
}

static void append__tells_of_each_perfect_subtree_once(void **state)
{
    (void)state;
    static const unsigned level[] = {0, 0, 1, 0, 0, 1, 2, 0};
    static const uint64_t index[] = {0, 1, 0, 2, 3, 1, 0, 4};
    struct hf_tree tree = {.size = 0};
    struct told told = {.count = 0};
    for (uint64_t i = 0; i < 5; i++) {
        struct hf_hash leaf;
        support_leaf_hash(i, &leaf);
        hf_tree_append(&tree, &leaf, tell, &told);
    }
    assert_int_equal(told.count, 8);
    assert_memory_equal(told.level, level, sizeof level);
    assert_memory_equal(told.index, index, sizeof index);
}

static void node_store__knows_perfect_subtrees_only(void **state)
{
    (void)state;
    struct hf_node_store store;
    struct hf_hash node;
    struct hf_hash naive;
    support_fill(&store, 7);
    assert_true(hf_node_store_get(&store, 2, 0, &node));
    support_naive_root(0, 4, &naive);
    support_assert_same(&node, &naive);
    assert_false(hf_node_store_get(&store, 2, 1, &node));
    assert_false(hf_node_store_get(&store, 0, 7, &node));
    assert_false(hf_node_store_get(&store, 63, 0, &node));
    assert_false(hf_node_store_get(&store, 64, 0, &node));
    assert_false(hf_node_store_get(&store, 0, UINT64_MAX, &node));
    hf_node_store_clear(&store);
    assert_false(hf_node_store_get(&store, 0, 0, &node));
}

static void node_store__is_limited(void **state)
{
    (void)state;
    struct hf_node_store store = {.tree = {.size = HF_NODE_STORE_LEAVES_MAX}};
    struct hf_hash leaf;
    support_leaf_hash(0, &leaf);
    assert_int_equal(hf_node_store_append(&store, &leaf), HF_ERR_LIMIT);
    assert_true(store.tree.size == HF_NODE_STORE_LEAVES_MAX);
    assert_int_equal(store.level[0].len, 0);
    hf_node_store_clear(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root__matches_known_trees),
        cmocka_unit_test(root__of_no_leaves_is_the_hash_of_nothing),
        cmocka_unit_test(leaf_and_node__hash_apart),
        cmocka_unit_test(roots__agree_with_the_definition_for_every_size),
        cmocka_unit_test(root_at__beyond_what_is_stored_is_not_found),
        cmocka_unit_test(append__tells_of_each_perfect_subtree_once),
        cmocka_unit_test(node_store__knows_perfect_subtrees_only),
        cmocka_unit_test(node_store__is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
