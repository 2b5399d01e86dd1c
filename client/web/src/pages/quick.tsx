// Quick forms: asking for a meeting, and what has happened with an action, as at a visit. Each is the record's own form with
// few of its fields; what is typed is a draft like any other.
import { get, post, RecordRow } from "../api";
import { useEffect, useState } from "preact/hooks";
import { PageProps } from "../pages";
import { useData } from "../store";
import { t, titleText } from "../strings";
import { NewRecord } from "./record";
import { Policy } from "./procedures";

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
    const { data } = useData<{ record: RecordRow }>(`/api/records/${record}`);
    const caption = titleText(data?.record.title ?? "");
    return <NewRecord params={{ case: caseId, type: "action_update", parent: record }} quick={{ title: t("update.title"), caption, only: ["text", "status_then"], fill: { at: new Date().toISOString() }, after: (typed) => setStatus(record, typed.get("status_then")) }} />;
}

interface Kind {
    policy_id: string;
    policy_version: string;
}

/** Which procedure in force is about which kind of meeting. */
async function kinds(): Promise<Map<string, Kind>> {
    const { policies } = await get<{ policies: Policy[] }>("/api/policies");
    const found = new Map<string, Kind>();
    for (const policy of policies.filter((row) => row.in_force)) {
        const { meeting_type: type } = await get<{ meeting_type: string }>(`/api/policies/rules?name=${encodeURIComponent(policy.name)}`);
        if (type) found.set(type, { policy_id: policy.name, policy_version: policy.version });
    }
    return found;
}

/** The request has its outcome with that, unless it has one already. */
async function isArranged(request: string): Promise<void> {
    const { record } = await get<{ record: RecordRow }>(`/api/records/${request}`);
    if (record.type === "request" && (record.status === "" || record.status === "open") && !record.is_final) await post(`/api/records/${request}/status`, { outcome: "meeting_arranged" });
}

/** A meeting out of a request: the request, the kind and the procedure that is in force are filled in, to be changed at will. */
export function CallMeeting(props: PageProps) {
    const { case: caseId = "", request = "" } = props.params;
    const [known, setKnown] = useState<Map<string, Kind> | null>(null);
    useEffect(() => void kinds().then(setKnown, () => setKnown(new Map())), []);
    if (!known) return null;
    const [only] = [...known.keys()];
    const fill = { request, status: "draft", ...(known.size === 1 && only ? { type: only, ...known.get(only) } : {}) };
    const follows = (name: string, text: string) => (name === "type" ? { ...known.get(text) } : {});
    return <NewRecord params={{ case: caseId, type: "meeting", parent: caseId }} quick={{ title: t("call.title"), only: ["type", "kind", "start", "place", "mode", "chair", "chair_role", "arranger", "minuter", "purpose"], fill, follows, back: `/record/${request}`, after: () => isArranged(request) }} />;
}
