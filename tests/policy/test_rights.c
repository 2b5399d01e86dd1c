/* Rights of the sample packs and of the invented authorities: who may record what, role by role. Every right stands in
 * the table below; taking one away, or a condition, a field or a role of it, makes a line of it fail. */
#include "core/policy/rights.h"
#include "tests/policy/support_policy.h"

#include <stdio.h>
#include <string.h>

static struct hf_calendar *calendar;
static struct a_case built;

static int load(void **state)
{
    calendar = load_calendar();
    return support_start(state);
}

static int unload(void **state)
{
    (void)state;
    hf_calendar_free(calendar);
    return 0;
}

struct line {
    const char *pack, *record; /* the record "r" and others, with ' for " */
    const char *field;         /* that the change touches; "~" before it: it held another value before */
    const char *may; /* roles that may, with spaces around each, every other role may not; LACKS before them: these are
                        let, and something else is missing */
};

#define A         "policies/procedure-a-psm.json"
#define B         "policies/procedure-b-fsm.json"
#define N         "tests/policy/packs/northvale.json"
#define S         "tests/policy/packs/southmere.json"
#define EVERYBODY "*"
#define LACKS     "?"
/* "me" is the author, and "ssw", "child_sw" … are people with that role in the case. */
#define PSM ",'m':{'record':'meeting','type':'psm','status':'held'}"
#define PSM_OTHER                                                                                                      \
    ",'m':{'record':'meeting','type':'psm','status':'held'},'o':{'record':'meeting','type':'psm','chair':'@me'}"
#define PSM_MINE ",'m':{'record':'meeting','type':'psm','status':'held','chair':'@me'}"
#define FSM      ",'m':{'record':'meeting','type':'fsm','status':'held'}"
#define FINAL_A  "'record':'meeting','type':'psm','status':'final'"
#define FINAL_B  "'record':'meeting','type':'fsm','status':'final'"
#define LEFT_OUT "'record':'attendance_decision','parent':'@r','decision':'not_attend'"
#define MANAGERS " team_manager fostering_manager cla_manager fostering_service_manager "
#define PROS                                                                                                           \
    " child_sw ssw team_manager fostering_manager cla_manager csw iro fostering_service_manager health education "
#define IFA ",'p':{'record':'placement','provider':'ifa','setting':'agency_foster','status':'current'}"

/* clang-format off */
static const struct line lines[] = {
    {A, "{'record':'request','at':'2026-11-20T10:00:00Z'}",               "at",               EVERYBODY},
    {A, "{'record':'request','outcome':'no_meeting','outcome_reason':'calm'}",                    "outcome",          " team_manager "},
    {A, "{'record':'request','outcome':'no_meeting','outcome_reason':'calm'}",                    "outcome_reason",   " team_manager "},
    {A, "{'record':'request','outcome':'no_meeting','outcome_reason':'calm'}",                    "outcome_by",       " team_manager "},
    {A, "{'record':'request','outcome':'no_meeting','outcome_reason':'calm'}",                    "words",            EVERYBODY},
    {A, "{'record':'request','outcome':'meeting_arranged'}",              "outcome",          EVERYBODY},
    {A, "{'record':'escalation','level':1}",                              "level",            EVERYBODY},
    {B, "{'record':'request','at':'2026-11-20T10:00:00Z'}",               "at",               EVERYBODY},
    {B, "{'record':'request','outcome':'no_meeting','outcome_reason':'calm'}",                    "outcome",          " fostering_manager team_manager "},
    {B, "{'record':'request','outcome':'no_meeting','outcome_reason':'calm'}",                    "outcome_by",       " fostering_manager team_manager "},
    {B, "{'record':'request','outcome':'no_meeting','outcome_reason':'calm'}",                    "outcome_reason",   " fostering_manager team_manager "},
    {B, "{'record':'request','outcome':'withdrawn'}",                     "outcome",          EVERYBODY},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager','reason':'x'}", "route",          " fostering_manager "},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager','reason':'x'}", "by",             " fostering_manager "},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager','reason':'x'}", "at",             " fostering_manager "},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager','reason':'x'}", "what",           EVERYBODY},
    {B, "{'record':'out_of_meeting_approval','route':'parp','reason':'x'}",            "route",            " parp_east parp_west "},
    {B, "{'record':'out_of_meeting_approval','route':'parp','reason':'x'}",            "by",               " parp_east parp_west "},
    {B, "{'record':'out_of_meeting_approval','route':'parp','reason':'x'}",            "at",               " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'approved','reason':'x'}",              "decision",         " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'approved_in_part','reason':'x'}",      "decided_at",       " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'refused','reason':'x'}",               "decision",         " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'requested','reason':'x'}",             "decision",         EVERYBODY},
    {B, "{'record':'escalation','level':1,'reason':'x'}",                              "level",            " ssw "},
    {B, "{'record':'escalation','level':2,'reason':'x'}",                              "reason",           " ssw "},
    {B, "{'record':'escalation','level':2,'reason':'x'}" IFA,                          "level",            " team_manager "},
    {B, "{'record':'escalation','level':2,'reason':'x'}",                              "responses",        EVERYBODY},
    {B, "{'record':'escalation','level':3,'reason':'x','delay_effect':'y'}",                              "level",            " fostering_service_manager "},
    {B, "{'record':'escalation','level':3,'reason':'x','delay_effect':'y'}",                              "reason",           " fostering_service_manager "},
    {B, "{'record':'escalation','level':3,'reason':'x','delay_effect':'y'}",                              "delay_effect",     " fostering_service_manager "},
    {N, "{'record':'request','at':'2026-11-20T10:00:00Z'}",               "at",               " child_sw ssw "},
    {N, "{'record':'request','at':'2026-11-20T10:00:00Z'}",               "reason",           EVERYBODY},
    {S, "{'record':'request','outcome':'meeting_arranged'}",              "outcome",          " team_manager "},
    {S, "{'record':'request','outcome':'no_meeting'}",                    "outcome",          " team_manager "},
    {S, "{'record':'request','outcome':'open'}",                          "outcome",          EVERYBODY},
    {A, "{'record':'request','outcome':'no_meeting'}", "outcome", LACKS " team_manager "},
    {B, "{'record':'request','outcome':'no_meeting'}", "outcome", LACKS " fostering_manager team_manager "},
    {A, "{'record':'attendance_decision','parent':'@m','decision':'attend'}" PSM, "decision", " team_manager child_sw "},
    {A, "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}" PSM, "by", " team_manager child_sw "},
    {A, "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}" PSM_MINE, "decision", EVERYBODY},
    {A, "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}" FSM, "decision", EVERYBODY},
    {A, "{'record':'attendance_decision','parent':'@m','decision':'attend'}" PSM, "factor_wishes", EVERYBODY},
    {A, "{" FINAL_A "},'d':{" LEFT_OUT ",'reason':'x','by':['@ssw']}", "final", EVERYBODY},
    {A, "{" FINAL_A "},'d':{" LEFT_OUT ",'reason':'x'}", "final", LACKS EVERYBODY},
    {A, "{" FINAL_A "},'d':{" LEFT_OUT ",'by':['@ssw']}", "status", LACKS EVERYBODY},
    {A, "{'record':'meeting','type':'psm','status':'held'},'d':{" LEFT_OUT "}", "status", EVERYBODY},
    {A, "{" FINAL_A "},'d':{'record':'attendance_decision','parent':'@r','decision':'attend'}", "final", EVERYBODY},
    {B, "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}" FSM, "decision", PROS},
    {B, "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}" FSM, "by", PROS},
    {B, "{'record':'attendance_decision','parent':'@m','decision':'attend'}" FSM, "decision", EVERYBODY},
    {B, "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}" PSM, "decision", EVERYBODY},
    {B, "{" FINAL_B "},'d':{" LEFT_OUT ",'reason':'x','by':['@ssw','@child_sw']}", "final", EVERYBODY},
    {B, "{" FINAL_B "},'d':{" LEFT_OUT ",'reason':'x','by':['@team_manager','@fostering_manager']}", "status", EVERYBODY},
    {B, "{" FINAL_B "},'d':{" LEFT_OUT ",'reason':'x','by':['@cla_manager','@csw']}", "status", EVERYBODY},
    {B, "{" FINAL_B "},'d':{" LEFT_OUT ",'reason':'x','by':['@iro','@fostering_service_manager']}", "status", EVERYBODY},
    {B, "{" FINAL_B "},'d':{" LEFT_OUT ",'reason':'x','by':['@health','@education']}", "status", EVERYBODY},
    {B, "{" FINAL_B "},'d':{" LEFT_OUT ",'reason':'x','by':['@ssw']}", "final", LACKS EVERYBODY},
    {B, "{" FINAL_B "},'d':{" LEFT_OUT ",'reason':'x','by':['@ssw','@carer']}", "status", LACKS EVERYBODY},
    {B, "{" FINAL_B "},'d':{" LEFT_OUT ",'by':['@ssw','@child_sw']}", "final", LACKS EVERYBODY},
    {B, "{" FINAL_B "},'d':{'record':'attendance_decision','parent':'@r','decision':'attend'}", "final", EVERYBODY},
    {B, "{'record':'meeting','type':'fsm','status':'held'},'d':{" LEFT_OUT "}", "status", EVERYBODY},
    {N, "{'record':'meeting','type':'fsm','status':'final'},'d':{" LEFT_OUT ",'by':['@ssw','@child_sw','@carer']}", "final", EVERYBODY},
    {N, "{'record':'meeting','type':'fsm','status':'final'},'d':{" LEFT_OUT ",'by':['@ssw','@child_sw']}", "final", LACKS EVERYBODY},
    {N, "{'record':'meeting','type':'fsm','status':'final'},'d':{'record':'attendance_decision','parent':'@r','decision':'attend'}", "final", EVERYBODY},
    {A, "{'record':'parent_decision','parent':'@m','decision':'invited','reason':'x'}" PSM, "decision", " team_manager "},
    {A, "{'record':'parent_decision','parent':'@m','decision':'invited','reason':'x'}" PSM, "helps_goals", " team_manager "},
    {A, "{'record':'parent_decision','parent':'@m','decision':'invited','reason':'x'}" PSM, "reason", " team_manager "},
    {A, "{'record':'parent_decision','parent':'@m','decision':'invited'}" PSM_MINE, "decision", EVERYBODY},
    {A, "{'record':'parent_decision','parent':'@m','decision':'invited'}" FSM, "decision", EVERYBODY},
    {A, "{" FINAL_A "},'d':{'record':'parent_decision','parent':'@r','decision':'invited','reason':'x'}", "final", EVERYBODY},
    {A, "{" FINAL_A "},'d':{'record':'parent_decision','parent':'@r','decision':'not_invited'}", "final", LACKS EVERYBODY},
    {A, "{" FINAL_A "},'d':{'record':'parent_decision','parent':'@r','decision':'not_invited'}", "status", LACKS EVERYBODY},
    {A, "{" FINAL_A "},'d':{'record':'parent_decision','parent':'@r','helps_goals':'no'}", "final", EVERYBODY},
    {A, "{'record':'meeting','type':'psm','status':'held'},'d':{'record':'parent_decision','parent':'@r','decision':'invited'}", "status", EVERYBODY},
    {A, "{'record':'meeting','type':'psm','chair_role':'ssw'}", "chair", MANAGERS},
    {B, "{'record':'meeting','type':'fsm','chair_role':'ssw'}", "chair", MANAGERS},
    {A, "{'record':'meeting','type':'psm','chair_role':'ssw'}", "chair_role", MANAGERS},
    {B, "{'record':'meeting','type':'fsm','chair_role':'ssw'}", "chair_role", MANAGERS},
    {A, "{'record':'meeting','type':'psm','chair_role':'ssw'}", "chair_reason", MANAGERS},
    {B, "{'record':'meeting','type':'fsm','chair_role':'ssw'}", "chair_reason", MANAGERS},
    {A, "{'record':'meeting','type':'psm','chair_role':'team_manager'}", "chair", EVERYBODY},
    {A, "{'record':'meeting','type':'psm'}", "chair", EVERYBODY},
    {B, "{'record':'meeting','type':'fsm'}", "chair", EVERYBODY},
    {B, "{'record':'meeting','type':'fsm','chair_role':'fostering_manager'}", "chair", EVERYBODY},
    {B, "{'record':'meeting','type':'fsm','chair_role':'fostering_manager'}" IFA, "chair", MANAGERS},
    {A, "{" FINAL_A ",'chair_role':'ssw','chair_reason':'x'}", "final", EVERYBODY},
    {A, "{" FINAL_A ",'chair_role':'ssw'}", "final", LACKS EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'health'}", "final", LACKS EVERYBODY},
    {A, "{" FINAL_A ",'chair_role':'ssw'}", "status", LACKS EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'health'}", "status", LACKS EVERYBODY},
    {A, "{" FINAL_A ",'chair_role':'team_manager'}", "final", EVERYBODY},
    {A, "{" FINAL_A "}", "final", EVERYBODY},
    {A, "{'record':'meeting','type':'psm','status':'held','chair_role':'ssw'}", "status", EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'health','chair_reason':'x'}", "final", EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'fostering_manager'}", "final", EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'cla_manager'}", "final", EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'ssw'}", "final", EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'child_sw'}", "final", EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'csw'}", "final", EVERYBODY},
    {B, "{" FINAL_B "}", "final", EVERYBODY},
    {B, "{'record':'meeting','type':'fsm','status':'held','chair_role':'health'}", "status", EVERYBODY},
    {A, "{'record':'paper','parent':'@m','reason':'x'}" PSM, "reason", " child_sw "},
    {A, "{'record':'paper','parent':'@m','reason':'x'}" FSM, "reason", EVERYBODY},
    {A, "{'record':'paper','parent':'@m','title':'x'}" PSM, "reason", EVERYBODY},
    {A, "{'record':'paper','parent':'@m','reason':'x'}" PSM, "title", EVERYBODY},
    {A, "{'record':'report','parent':'@m','no_report_reason':'x'}" PSM, "no_report_reason", " child_sw "},
    {A, "{'record':'report','parent':'@m','no_report_reason':'x'}" FSM, "no_report_reason", EVERYBODY},
    {A, "{'record':'report','parent':'@m','text':'x'}" PSM, "no_report_reason", EVERYBODY},
    {A, "{'record':'panel_consideration','parent':'@m','booked':'no'}" PSM, "booked", " team_manager "},
    {A, "{'record':'panel_consideration','parent':'@m','booked':'no'}" PSM, "slot", " team_manager "},
    {A, "{'record':'panel_consideration','parent':'@m','booked':'no'}" PSM_MINE, "booked", EVERYBODY},
    {A, "{'record':'panel_consideration','parent':'@m','booked':'no'}" FSM, "booked", EVERYBODY},
    {A, "{'record':'panel_consideration','parent':'@m','considered':'yes'}" PSM, "considered", EVERYBODY},
    {A, "{'record':'parent_informed','parent':'@m','told':'not_done','reason':'x'}" PSM, "told", " child_sw "},
    {A, "{'record':'parent_informed','parent':'@m','told':'not_done','reason':'x'}" PSM, "reason", " child_sw "},
    {A, "{'record':'parent_informed','parent':'@m','told':'not_done'}" PSM, "told", LACKS " child_sw "},
    {A, "{'record':'parent_informed','parent':'@m','told':'done'}" PSM, "told", EVERYBODY},
    {A, "{'record':'parent_informed','parent':'@m','told':'not_done'}" FSM, "told", EVERYBODY},
    {A, "{'record':'move','status':'planned','planned':'yes'}", "status", MANAGERS},
    {A, "{'record':'move','status':'planned','planned':'yes'}", "planned", MANAGERS},
    {A, "{'record':'move','status':'happened','planned':'yes','child_involved':'yes','carer_involved':'yes'}", "planned", MANAGERS},
    {A, "{'record':'move','status':'planned','planned':'no'}", "status", LACKS MANAGERS},
    {A, "{'record':'move','status':'planned','planned':'no','reason':'x'}", "status", MANAGERS},
    {A, "{'record':'move','status':'planned','planned':'yes','child_involved':'no'}", "status", LACKS MANAGERS},
    {A, "{'record':'move','status':'planned','planned':'yes','carer_involved':'no'}", "status", LACKS MANAGERS},
    {A, "{'record':'move','status':'happened','planned':'no'}", "status", EVERYBODY},
    {B, "{'record':'request','urgency':'soon','urgency_reasons':['x']}", "~urgency", " fostering_manager team_manager "},
    {B, "{'record':'request','urgency':'routine','urgency_reasons':['x']}", "~urgency", " fostering_manager team_manager "},
    {B, "{'record':'request','urgency':'routine'}", "~urgency", LACKS " fostering_manager team_manager "},
    {B, "{'record':'request','urgency':'soon'}", "urgency", EVERYBODY},
    {B, "{'record':'request','urgency':'imminent'}", "~urgency", EVERYBODY},
    {B, "{'record':'request','urgency':'soon'}", "~at", EVERYBODY},
    {B, "{'record':'interim_support','parent':'@m','decision':'given'},'m':{'record':'request','urgency':'imminent'}", "decision", " fostering_manager team_manager "},
    {B, "{'record':'interim_support','parent':'@m','decision':'not_given','reason':'x'},'m':{'record':'request','urgency':'imminent'}", "decision", " fostering_manager team_manager "},
    {B, "{'record':'interim_support','parent':'@m','decision':'not_given'},'m':{'record':'request','urgency':'imminent'}", "decision", LACKS " fostering_manager team_manager "},
    {B, "{'record':'interim_support','parent':'@m','what':'x'},'m':{'record':'request','urgency':'imminent'}", "decision", EVERYBODY},
    {B, "{'record':'interim_support','parent':'@m','decision':'given'},'m':{'record':'request','urgency':'imminent'}", "what", EVERYBODY},
    {B, "{'record':'interim_support','parent':'@m','decision':'given'},'m':{'record':'request','urgency':'soon'}", "decision", EVERYBODY},
    {B, "{'record':'out_of_meeting_approval','route':'fostering_manager'}", "route", LACKS " fostering_manager "},
    {B, "{'record':'out_of_meeting_approval','route':'parp'}", "route", LACKS " parp_east parp_west "},
    {B, "{'record':'panel_approval','decision':'approved'}", "decision", LACKS " parp_east parp_west "},
    {B, "{'record':'support_plan','no_review_reason':'x'}", "no_review_reason", " fostering_manager ssw child_sw team_manager iro "},
    {B, "{'record':'support_plan','no_review_reason':'x'}" IFA, "no_review_reason", " fostering_manager ssw child_sw team_manager iro "},
    {B, "{'record':'support_plan','no_review_reason':'x','review_date':'2027-01-01'}", "no_review_reason", EVERYBODY},
    {B, "{'record':'support_plan','on':'2026-11-01'}", "no_review_reason", EVERYBODY},
    {B, "{'record':'support_plan','no_review_reason':'x'}", "on", EVERYBODY},
    {B, "{'record':'support_plan','no_review_reason':'x'},'t':{'record':'attendance','person':'@me','attended':'attended'}", "no_review_reason", EVERYBODY},
    {B, "{'record':'support_plan','no_review_reason':'x'},'t':{'record':'attendance','person':'@me','attended':'part'}", "no_review_reason", EVERYBODY},
    {B, "{'record':'support_plan','no_review_reason':'x'},'t':{'record':'attendance','person':'@me','attended':'absent'}", "no_review_reason", " fostering_manager ssw child_sw team_manager iro "},
    {B, "{'record':'escalation','level':1}", "level", LACKS " ssw "},
    {B, "{'record':'escalation','level':3,'reason':'x'}", "level", LACKS " fostering_service_manager "},
    {B, "{'record':'escalation','level':3,'delay_effect':'y'}", "level", LACKS " fostering_service_manager "},
    {A, "{'record':'attendance_decision','parent':'@m','decision':'attend'}" PSM_OTHER, "decision", " team_manager child_sw "},
    {A, "{'record':'parent_decision','parent':'@m','decision':'invited'}" PSM_OTHER, "decision", " team_manager "},
    {A, "{'record':'panel_consideration','parent':'@m','booked':'no'}" PSM_OTHER, "booked", " team_manager "},
    {A, "{'record':'move','status':'called_off','planned':'yes'}", "planned", MANAGERS},
    {A, "{'record':'move','status':'planned','reason':'x'}", "planned", MANAGERS},
    {B, "{'record':'interim_support','parent':'@m','decision':'given'},'m':{'record':'request','urgency':'soon'},'o':{'record':'request','urgency':'imminent'}", "decision", EVERYBODY},
    {B, "{'record':'support_plan','no_review_reason':'x'},'t':{'record':'attendance','person':'@ssw','attended':'attended'}", "no_review_reason", " fostering_manager ssw child_sw team_manager iro "},
    {A, "{" FINAL_A ",'chair_role':'ssw'},'d':{" LEFT_OUT "},'e':{'record':'parent_decision','parent':'@r','decision':'invited'}", "place", EVERYBODY},
    {A, "{'record':'parent_decision','parent':'@m','decision':'invited'}" PSM, "at", EVERYBODY},
    {A, "{'record':'report','parent':'@m','no_report_reason':'x'}" PSM, "written_on", EVERYBODY},
    {A, "{'record':'parent_informed','parent':'@m','told':'not_done'}" PSM, "at", EVERYBODY},
    {A, "{'record':'move','status':'planned','planned':'yes'}", "on", EVERYBODY},
    {B, "{'record':'request','outcome':'no_meeting'}", "words", EVERYBODY},
    {B, "{'record':'attendance_decision','parent':'@m','decision':'not_attend'}" FSM, "reason", EVERYBODY},
    {B, "{" FINAL_B ",'chair_role':'health'},'d':{" LEFT_OUT "}", "place", EVERYBODY},
    {B, "{'record':'out_of_meeting_approval','route':'parp'}", "what", EVERYBODY},
    {B, "{'record':'panel_approval','decision':'approved'}", "cost_band", EVERYBODY},
    {B, "{'record':'escalation','level':3}", "responses", EVERYBODY},
    {N, "{'record':'meeting','type':'fsm','status':'final'},'d':{" LEFT_OUT "}", "place", EVERYBODY},
    {S, "{'record':'request','outcome':'no_meeting'}", "words", EVERYBODY},
};
/* clang-format on */
#define LINES (sizeof lines / sizeof lines[0])

static const char *const *all_roles(void)
{
    return hf_model_field_named(hf_model_type_named(hf_slice_str("invite")), hf_slice_str("role"))->codes;
}

static void build(const char *record)
{
    struct hf_buf bytes = {0};
    struct hf_error err = {0};
    json_t *json = NULL;
    hf_buf_append_str(&bytes, "{\"r\":");
    for (const char *at = record; *at; at++)
        hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
    hf_buf_append_str(&bytes, "}");
    if (hf_json_load(hf_buf_slice(&bytes), &json, &err) != HF_OK)
        fail_msg("%s", err.text);
    build_case(json, &built);
    json_decref(json);
    hf_buf_clear(&bytes);
}

static const struct hf_record_state *record_r(void)
{
    const struct hf_id id = id_of("r");
    for (size_t i = 0; i < built.count; i++)
        if (hf_id_equal(&built.records[i].record_id, &id))
            return &built.records[i];
    fail_msg("no record r");
    return NULL;
}

static bool has_role(void *ctx, const struct hf_id *person, const char *role)
{
    const struct hf_id named = id_of(role);
    (void)ctx;
    return hf_id_equal(&named, person);
}

/* False, and what is wrong in `says`, when a role is let that may not, or held that may. */
static bool holds(const struct hf_policy_pack *pack, const struct line *line, char says[256])
{
    bool fine = true;
    build(line->record);
    const struct hf_record_state *record = record_r();
    const char *name = line->field + (line->field[0] == '~');
    const struct hf_field_spec *field = strcmp(name, "final") == 0
                                            ? hf_model_field(hf_model_type(record->type), HF_FIELD_FINAL)
                                            : hf_model_field_named(hf_model_type(record->type), hf_slice_str(name));
    assert_non_null(field);
    const struct hf_right_touch touch = {.field = field->code, .replaces = line->field[0] == '~'};
    const bool lacks = line->may[0] == LACKS[0];
    const char *may = line->may + lacks;
    const struct hf_policy_input input = {.pack = pack,
                                          .calendar = calendar,
                                          .records = built.records,
                                          .record_count = built.count,
                                          .now_ms = time_of("2026-11-22T12:00:00Z")};
    for (const char *const *role = all_roles(); *role && fine; role++) {
        const struct hf_policy_right *broken = NULL;
        const struct hf_right_question question = {.input = &input,
                                                   .record = id_of("r"),
                                                   .fields = &touch,
                                                   .field_count = 1,
                                                   .roles = role,
                                                   .role_count = 1,
                                                   .author = id_of("me"),
                                                   .has_role = has_role};
        enum hf_right_answer answer = HF_RIGHT_MAY;
        char word[80];
        (void)snprintf(word, sizeof word, " %s ", *role);
        assert_ok(hf_policy_may(&question, &broken, &answer, NULL));
        const bool wanted = strcmp(may, EVERYBODY) == 0 || strstr(may, word);
        fine = answer == (!wanted ? HF_RIGHT_OTHERS : lacks ? HF_RIGHT_LACKS : HF_RIGHT_MAY);
        (void)snprintf(says, 256, "%s, %s, %s: %s %s, and the answer is %d (%s)", line->pack, line->record, line->field,
                       *role, wanted ? "may" : "may not", (int)answer, broken ? broken->id : "");
    }
    clear_case(&built);
    return fine;
}

/* The table over one pack as it stands in `document`. */
static bool table_holds(const char *path, const json_t *document, char says[256])
{
    struct hf_error err = {0};
    struct hf_policy_pack *pack = NULL;
    struct hf_buf bytes = {0};
    bool fine = true;
    assert_ok(hf_json_dump(document, 0, &bytes));
    if (hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err) != HF_OK) {
        (void)snprintf(says, 256, "%.200s", err.text);
        fine = false;
    }
    hf_buf_clear(&bytes);
    for (size_t i = 0; pack && i < LINES && fine; i++)
        fine = strcmp(lines[i].pack, path) != 0 || holds(pack, &lines[i], says);
    hf_policy_pack_free(pack);
    return fine;
}

static const char *const packs[] = {A, B, N, S};

static void rights__are_those_of_the_table(void **state)
{
    char says[256];
    (void)state;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        json_t *document = load_tree_json(packs[i]);
        if (!table_holds(packs[i], document, says))
            fail_msg("%s", says);
        json_decref(document);
    }
}

static size_t unnoticed;

static void expect_noticed(const char *path, const json_t *document, const char *what)
{
    char says[256];
    if (table_holds(path, document, says)) {
        print_message("%s: nothing notices that a part of %s is gone\n", path, what);
        unnoticed++;
    }
}

/* `part` of `right` without its elements one after the other; all of it last. */
static void take_elements(const char *path, json_t *document, json_t *right, const char *part)
{
    json_t *list = json_object_get(right, part);
    char what[160];
    for (size_t i = 0; json_array_size(list) > 1 && i < json_array_size(list); i++) {
        json_t *taken = json_incref(json_array_get(list, i));
        (void)snprintf(what, sizeof what, "%s.%s[%zu]", json_string_value(json_object_get(right, "id")), part, i);
        (void)json_array_remove(list, i);
        expect_noticed(path, document, what);
        (void)json_array_insert_new(list, i, taken);
    }
}

static const char *const whole[] = {"when", "also", "needs", "changes", "fields"};

/* And every part of its conditions, one after the other. */
static void take_inside(const char *path, json_t *document, json_t *list, const char *what)
{
    for (size_t i = 1; i < json_array_size(list); i++) {
        json_t *part = json_incref(json_array_get(list, i));
        const char *op = json_string_value(json_array_get(list, 0));
        const bool joins = op && (strcmp(op, "and") == 0 || strcmp(op, "or") == 0);
        if (json_is_array(part) && joins && json_array_size(list) > 2) {
            (void)json_array_remove(list, i);
            expect_noticed(path, document, what);
            (void)json_array_insert(list, i, part);
        }
        if (json_is_array(part) && op && (strcmp(op, "people") == 0 || strcmp(op, "in") == 0)) {
            for (size_t j = 0; json_array_size(part) > 1 && j < json_array_size(part); j++) {
                json_t *word = json_incref(json_array_get(part, j));
                (void)json_array_remove(part, j);
                expect_noticed(path, document, what);
                (void)json_array_insert_new(part, j, word);
            }
        }
        if (json_is_integer(part)) {
            (void)json_array_set_new(list, i, json_integer(json_integer_value(part) + 1));
            expect_noticed(path, document, what);
            (void)json_array_set(list, i, part);
        }
        if (json_is_array(part))
            take_inside(path, document, part, what);
        json_decref(part);
    }
}

static void take_whole(const char *path, json_t *document, json_t *right, const char *key)
{
    json_t *value = json_incref(json_object_get(right, key));
    char what[160];
    (void)snprintf(what, sizeof what, "%s.%s", json_string_value(json_object_get(right, "id")), key);
    if (value) {
        (void)json_object_del(right, key);
        expect_noticed(path, document, what);
        (void)json_object_set(right, key, value);
        if (strcmp(key, "fields") != 0)
            take_inside(path, document, value, what);
    }
    json_decref(value);
}

/* Rights that hold nobody back are there to be read, and not asked about here. */
static void rights__each_part_of_one_matters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        json_t *document = load_tree_json(packs[i]);
        json_t *rights = json_object_get(document, "rights");
        for (size_t j = 0; j < json_array_size(rights); j++) {
            json_t *right = json_incref(json_array_get(rights, j));
            const char *first = json_string_value(json_array_get(json_object_get(right, "by"), 0));
            if (first && (strcmp(first, "anybody") != 0 || json_object_get(right, "needs"))) {
                take_elements(packs[i], document, right, "fields");
                take_elements(packs[i], document, right, "by");
                for (size_t k = 0; k < sizeof whole / sizeof whole[0]; k++)
                    take_whole(packs[i], document, right, whole[k]);
                (void)json_array_remove(rights, j);
                expect_noticed(packs[i], document, json_string_value(json_object_get(right, "id")));
                (void)json_array_insert(rights, j, right);
            }
            json_decref(right);
        }
        json_decref(document);
    }
    assert_int_equal(unnoticed, 0);
}

static void rights__that_no_pack_can_mean_are_refused(void **state)
{
    static const char *const wrong[] = {"'for':'request'", "'for':'request','by':[]",
                                        "'for':'request','by':['everyone']", "'for':'requests','by':null",
                                        "'for':'request','by':null,'fields':['colour']"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char json[512];
        struct hf_buf bytes = {0};
        struct hf_policy_pack *pack = NULL;
        struct hf_error err = {0};
        (void)snprintf(json, sizeof json,
                       "{'format':1,'policy':'t','version':'1','authority':'t','effective_from':'2026-01-01',"
                       "'calendar':'c','names':['T'],\n'rights':[{'id':'x',%s}],'rules':[]}",
                       wrong[i]);
        for (const char *at = json; *at; at++)
            hf_buf_append_u8(&bytes, (uint8_t)(*at == '\'' ? '"' : *at));
        assert_int_equal(hf_policy_pack_load(hf_buf_slice(&bytes), &pack, &err), HF_ERR_INVALID);
        assert_non_null(strstr(err.text, "line 2, rights[0]"));
        hf_buf_clear(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights__are_those_of_the_table),
        cmocka_unit_test(rights__each_part_of_one_matters),
        cmocka_unit_test(rights__that_no_pack_can_mean_are_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
