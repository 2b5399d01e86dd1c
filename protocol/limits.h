/* Every limit on what arrives over the channel has its name here (formats.md 4). Sizes in bytes unless said. */
#ifndef HF_PROTOCOL_LIMITS_H
#define HF_PROTOCOL_LIMITS_H

#define HF_PROTOCOL_VERSION 1

#define HF_LIMIT_HANDSHAKE_MS          5000
#define HF_LIMIT_FIRST_FRAME_MS        5000
#define HF_LIMIT_IDLE_MS               270000 /* longer than two keep-alives */
#define HF_LIMIT_KEEP_ALIVE_MS         120000 /* under what mobile networks forget a silent connection after */
#define HF_LIMIT_CHECK_MS              10000  /* for the answer to a PING sent because the network changed */
#define HF_LIMIT_RECEIPT_AFTER_MS      2000   /* while connected: for receipts of own changes … */
#define HF_LIMIT_CHECKPOINT_AFTER_MS   30000  /* … and for a checkpoint after changes of others */
#define HF_LIMIT_REPLY_MS              60000  /* a client waits this long for an answer */
#define HF_LIMIT_CONNECTIONS           8192
#define HF_LIMIT_CONNECTIONS_ADDRESS   256  /* per remote address; loopback counts too */
#define HF_LIMIT_HANDSHAKES            1024 /* connections that have not shown a psk yet */
#define HF_LIMIT_MESSAGE_BYTES         (1u << 20)
#define HF_LIMIT_MESSAGE_ELEMENTS      (1u << 15)         /* msgpack elements of one message; HEAD_IS needs the most */
#define HF_LIMIT_IN_FLIGHT             8                  /* requests of one connection not yet answered */
#define HF_LIMIT_OUTPUT_BYTES          (4u * 1024 * 1024) /* unsent bytes kept for one connection */
#define HF_LIMIT_PUSH_ITEMS            512
#define HF_LIMIT_PUSH_WINDOW           4 /* PUSHes of one connection that a device leaves unanswered */
#define HF_LIMIT_PUSH_BYTES            (700u * 1024)
#define HF_LIMIT_RESTART_LEAVES        512
#define HF_LIMIT_FEED_ITEMS            512
#define HF_LIMIT_FEED_BYTES            (700u * 1024)
#define HF_LIMIT_FEED_KEYS             512
#define HF_LIMIT_BATCH_BYTES           (900u * 1024) /* of a PUSH or FEED, unsqueezed: items, tables and what is around */
#define HF_LIMIT_HEAD_RANGES           64
#define HF_LIMIT_SNAPSHOT_RECORDS      512 /* in one SNAPSHOT_IS … */
#define HF_LIMIT_SNAPSHOT_CASES        512
#define HF_LIMIT_SNAPSHOT_DEVICES      512
#define HF_LIMIT_SNAPSHOT_CHANGES      8192
#define HF_LIMIT_SNAPSHOT_AGAIN        16 /* cases that changed while a device was in the midst of them, in a session */
#define HF_LIMIT_SNAPSHOT_BYTES        (700u * 1024) /* … of packed records, unsqueezed */
#define HF_LIMIT_ENTRIES               256
#define HF_LIMIT_ENTRIES_BYTES         (700u * 1024)
#define HF_LIMIT_DRAFTS                64 /* in one message */
#define HF_LIMIT_DRAFTS_HELD           256
#define HF_LIMIT_DRAFTS_BYTES          (700u * 1024)
#define HF_LIMIT_DRAFTS_DEVICE         512 /* kept by the office for one device */
#define HF_LIMIT_DRAFTS_DEVICE_BYTES   (16u * 1024 * 1024)
#define HF_LIMIT_DRAFTS_ROUNDS         256 /* exchanges in one sync */
#define HF_LIMIT_POLICY_FILE_BYTES     4096
#define HF_LIMIT_ATTACH_CHUNKS         20  /* in one message */
#define HF_LIMIT_ATTACH_FAST_MS        250 /* a run of chunks that was answered sooner is followed by a longer one … */
#define HF_LIMIT_ATTACH_SLOW_MS        1000 /* … and one that took longer by a shorter one; without the greeting's time */
#define HF_LIMIT_ATTACH_AGAIN_MS       15000 /* while connected: what the office could not give is asked for again … */
#define HF_LIMIT_ATTACH_AGAIN_MAX_MS   600000 /* … ever more seldom, but so often at least */
#define HF_LIMIT_CERTIFICATE_BYTES     9000   /* HF_SHARD_BYTES_MAX and the rest of it */
#define HF_LIMIT_LEASE_DAYS            366
#define HF_LIMIT_PERSON_NAME_BYTES     200
#define HF_LIMIT_ERROR_TEXT_BYTES      300
#define HF_LIMIT_ADMIN_ARGS            64
#define HF_LIMIT_ADMIN_ARG_BYTES       4096
#define HF_LIMIT_ADMIN_OUTPUT_BYTES    (512u * 1024)
#define HF_LIMIT_CARRY_MS              1800000     /* a command that takes in or makes such a file is waited for */
#define HF_LIMIT_CARRY_BYTES           (64u << 20) /* a file of carried changes (carry.h) */
#define HF_LIMIT_CARRY_PARTS           65536u
#define HF_LIMIT_INVITATION_MS         (15ull * 60 * 1000)
#define HF_LIMIT_INVITATION_KEPT_MS    (30ull * 24 * 60 * 60 * 1000)
#define HF_LIMIT_INVITATION_TEXT_BYTES 1024

#endif
