/* Server notes (kind 7) about people, caseloads and devices' chains, beside those of core/model/body.h, where they read
 * as HF_NOTE_OTHER. msgpack maps with ascending keys; ids of people and cases only, never a name or free text (but for
 * the reason of "guard"): notes are opened in every bundle. Key 1 is the name.
 *
 * "office" { 2 person, 3 device bin32, 4 command text, 5 first uint, 6 count uint }: who asked, from that device, for
 * the entries [first, first + count), which stand just before this one.
 *
 * "role" { 2 person, 3 role uint }: the role of a person and of their devices from now on.
 *
 * "held" { 2 change, 3 hold uint }: a logged change that had waited is held now.
 *
 * "purged" { 2 case, 3 person, 4 device bin32, 5 changes uint }: the device holds nothing of the case any more but the
 * leaves, so many, that it signed itself.
 *
 * "evidence" { 2 device bin32, 3 incarnation uint, 4 leaves bin }: whole leaves, one after the other, that the device
 * signed and that can no longer be logged: others stand in their place. Who has the log can check their signatures.
 *
 * "incarnation" { 2 device bin32, 3 person, 4 old uint, 5 new uint, 6 next seq uint, 7 head bin32, 8 device's head
 * bin32, 9 count uint }: the device begins a new chain, because its store was put back, copied or damaged. next seq and
 * head: the old chain as the log has it; so many leaves of the device are not in it.
 *
 * "officer" { 2 person, 3 given bool }: the person has the right of a records officer from now on, or has it no more
 * (core/model/officer.h).
 *
 * "day" { }: the server says by the clock of this leaf which day it is, before it judges a right of a procedure over
 * the change that follows.
 *
 * "clock" { 2 device bin32, 3 office uint, 4 device uint }: when the office's clock showed 3 (Unix ms), a change of
 * this device would have borne the time 4. Written when the difference moved by HF_CLOCK_TOLERATE_MS or more, and a
 * lead by a part of itself (server/clocks.h). It holds for what comes from the device from here on and decides nothing.
 *
 * "guard" { 2 size uint, 3 root bin32, 4 outside bool, 5 entries uint, 6 time uint, 7 reason text }: the server's
 * signing guard was made anew at that time (Unix ms), because the one before was lost. It began with the checkpoint of
 * this size and root, which somebody outside had (4), or which the store itself had last; the log then had so many
 * entries. The reason is an administrator's words, 1 to HF_GUARD_REASON_BYTES_MAX bytes.
 *
 * Decoding is strict: exactly these keys. Pure. */
#ifndef HF_CORE_MODEL_BODY_CASELOAD_H
#define HF_CORE_MODEL_BODY_CASELOAD_H

#include "core/model/body.h"
#include "core/model/item.h"

#define HF_OFFICE_COMMAND_BYTES_MAX 64
#define HF_GUARD_REASON_BYTES_MAX   500

enum hf_caseload_what {
    HF_CASELOAD_OFFICE,
    HF_CASELOAD_ROLE,
    HF_CASELOAD_HELD,
    HF_CASELOAD_PURGED,
    HF_CASELOAD_EVIDENCE,
    HF_CASELOAD_INCARNATION,
    HF_CASELOAD_DAY,
    HF_CASELOAD_CLOCK,
    HF_CASELOAD_OFFICER,
    HF_CASELOAD_GUARD
};

struct hf_caseload_note {
    enum hf_caseload_what what;
    struct hf_id person, case_id;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    struct hf_slice command; /* such as "case assign"; borrowed */
    uint64_t first, count;
    enum hf_role role;
    struct hf_id change_id;
    enum hf_hold hold;
    uint64_t incarnation, old_incarnation, next_seq;
    uint8_t head[HF_HASH_BYTES], own_head[HF_HASH_BYTES];
    struct hf_slice leaves; /* borrowed */
    uint64_t office_ms, device_ms;
    bool given;
    uint64_t size, made_ms; /* of "guard": the checkpoint, its root is `head`; `count` entries were there */
    bool outside;
    struct hf_slice reason; /* borrowed */
};

/* Appends; errors show in the buffer. */
void hf_caseload_note_encode(const struct hf_caseload_note *note, struct hf_buf *out);
/* HF_ERR_UNSUPPORTED: a note of another kind; HF_ERR_INVALID, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_caseload_note_decode(struct hf_slice bytes, struct hf_caseload_note *out);

/* Of a "clock" note: the office's clock less the device's, positive when the device is slow. */
int64_t hf_caseload_clock_offset(const struct hf_caseload_note *note);

#endif
