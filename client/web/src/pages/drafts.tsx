// Drafts: what was typed and is not a change yet, on this device and on the person's others.
import { useState } from "preact/hooks";
import { ApiError, Draft, post } from "../api";
import { Link } from "../router";
import { announce, useData } from "../store";
import { labelText, t, timeText } from "../strings";

/** When and where a draft was written, and how it begins. */
export function DraftLines(props: { draft: Draft }) {
    const { draft } = props;
    const device = draft.device_number ? String(draft.device_number) : draft.device.slice(0, 8);
    const where = draft.own ? t("draft.here") : draft.same_person ? t("draft.yours", { device }) : t("draft.by", { person: draft.person, device });
    return (
        <>
            <p class="govuk-body govuk-!-margin-bottom-1">
                {timeText(draft.updated_at)}, {where}
            </p>
            {draft.preview && <p class="govuk-body hf-words" dir="auto">{draft.preview}</p>}
            {draft.held_back && <p class="govuk-body govuk-!-margin-bottom-1">{t("draft.heldBack")}</p>}
            {draft.done_at && (
                <p class="govuk-body govuk-!-margin-bottom-1">
                    {t("draft.done", { time: timeText(draft.done_at) })} {!draft.is_new && <Link to={draft.type === "meeting" ? `/meeting/${draft.record}` : `/record/${draft.record}`}>{t("draft.doneRecord")}</Link>}
                </p>
            )}
        </>
    );
}

/** A draft of this device, shown to the others who hold the case: whoever takes the minutes together. */
export function ShareDraft(props: { record: string }) {
    const { data } = useData<{ drafts: Draft[] }>(`/api/drafts?record=${props.record}`);
    const [asked, setAsked] = useState<boolean | null>(null);
    const [problem, setProblem] = useState("");
    const draft = data?.drafts.find((row) => row.own);
    const heldBack = !problem && (draft?.held_back ?? false);
    const shared = !heldBack && (asked ?? draft?.shared ?? false);
    const share = (wanted: boolean) =>
        void post(`/api/forms/${props.record}/share`, { shared: wanted }).then(
            () => (setAsked(wanted), setProblem(""), wanted && announce(t("draft.isShared"))),
            (error: ApiError) => (setAsked(false), setProblem(error.message || t("gone.text"))),
        );
    return (
        <>
            <div role="status">{heldBack && <p class="govuk-inset-text">{t("draft.heldBack")}</p>}</div>
            <p class="govuk-body">
                {problem && <span class="govuk-error-message">{problem}</span>}
                {shared && `${t("draft.isShared")} `}
                <button type="button" class="hf-plain-button" onClick={() => share(!shared)}>
                    {t(shared ? "draft.unshare" : "draft.share")}
                </button>
            </p>
        </>
    );
}

/** Another device's draft is taken over by a choice of its own. */
export function GoOnHere(props: { draft: Draft }) {
    const { draft } = props;
    return (
        <>
            {!draft.same_person && <p class="govuk-body govuk-!-margin-bottom-1">{t("draft.goOnTheirs", { person: draft.person })}</p>}
            <Link to={`/draft/${draft.record}/${draft.device}`}>{t("draft.goOnHere")}</Link>
        </>
    );
}

function DraftList(props: { title: string; drafts: Draft[] }) {
    if (!props.drafts.length) return null;
    return (
        <section>
            <h2 class="govuk-heading-m">{props.title}</h2>
            <ul class="hf-rows">
                {props.drafts.map((draft) => (
                    <li key={draft.record + draft.device}>
                        <div>
                            <DraftName draft={draft} />
                            <DraftLines draft={draft} />
                            {!draft.same_person && !draft.done_at && <GoOnHere draft={draft} />}
                        </div>
                    </li>
                ))}
            </ul>
        </section>
    );
}

function DraftName(props: { draft: Draft }) {
    const { draft } = props;
    const name = t("draft.name", { label: labelText(draft.type, draft.label), reference: draft.reference });
    if (!draft.same_person || (draft.done_at && !draft.own)) return <strong>{name}</strong>;
    return <Link to={draft.own ? `/draft/${draft.record}` : `/draft/${draft.record}/${draft.device}`}>{name}</Link>;
}

/** One's own, and those that others who hold the case show. */
export function Drafts(props: { caseId?: string }) {
    const { data } = useData<{ drafts: Draft[]; held_back: boolean }>(props.caseId ? `/api/drafts?case=${props.caseId}` : "/api/drafts");
    const drafts = data?.drafts.filter((draft) => !props.caseId || draft.case === props.caseId) ?? [];
    return (
        <>
            <DraftList title={t("draft.title")} drafts={drafts.filter((draft) => draft.same_person)} />
            {data?.held_back && <p class="govuk-body">{t("draft.noneShown")}</p>}
            <DraftList title={t("draft.shared")} drafts={drafts.filter((draft) => !draft.same_person)} />
        </>
    );
}
