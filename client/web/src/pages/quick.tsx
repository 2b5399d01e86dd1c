// Quick forms: asking for a meeting, and what has happened with an action, as at a visit. Each is the record's own form with
// few of its fields; what is typed is a draft like any other.
import { post } from "../api";
import { PageProps } from "../pages";
import { t } from "../strings";
import { NewRecord } from "./record";

export function AskForMeeting(props: PageProps) {
    const { case: caseId = "" } = props.params;
    return <NewRecord params={{ case: caseId, type: "request", parent: caseId }} quick={{ title: t("ask.title"), only: ["reason", "urgency", "trigger", "words", "by_role"], fill: { at: new Date().toISOString(), outcome: "open" } }} />;
}

/** The action's own status follows what its update says, as a change of its own, whatever a draft of the action holds. */
async function setStatus(record: string, status: string | undefined): Promise<void> {
    if (status) await post(`/api/records/${record}/status`, { status });
}

export function UpdateAction(props: PageProps) {
    const { case: caseId = "", record = "" } = props.params;
    return <NewRecord params={{ case: caseId, type: "action_update", parent: record }} quick={{ title: t("update.title"), only: ["text", "status_then"], fill: { at: new Date().toISOString() }, after: (typed) => setStatus(record, typed.get("status_then")) }} />;
}
