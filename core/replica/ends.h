/* Which rows wait at the end of their table, by record: two tables in memory (temp_store = MEMORY), in the same
 * transactions as the rows themselves. Triggers keep them, so nobody who writes a row has to think of them; they are
 * gone with the connection, and made anew from the ends by the next opening. See core/replica/indexed.h. Internal to
 * core/replica. */
#ifndef HF_CORE_REPLICA_ENDS_H
#define HF_CORE_REPLICA_ENDS_H

#include "core/replica/replica_internal.h"

/* Once for each connection, before anything looks for the rows of a record. */
HF_CHECKED enum hf_status hf_replica_ends_begin(struct hf_replica *replica, struct hf_error *err);

#endif
