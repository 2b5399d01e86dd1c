// Drafts: what was typed and is not a change yet, on this device and on the person's others.
import { Draft } from "../api";
import { Link } from "../router";
import { useData } from "../store";
import { labelText, t, timeText } from "../strings";

/** When and where a draft was written, and how it begins. */
export function DraftLines(props: { draft: Draft }) {
    const { draft } = props;
    const where = draft.own ? t("draft.here") : draft.same_person ? t("draft.yours", { device: draft.device.slice(0, 8) }) : t("draft.by", { person: draft.person, device: draft.device.slice(0, 8) });
    return (
        <>
            <p class="govuk-body govuk-!-margin-bottom-1">
                {timeText(draft.updated_at)}, {where}
            </p>
            {draft.preview && <p class="govuk-body hf-words">{draft.preview}</p>}
        </>
    );
}

export function Drafts(props: { caseId?: string }) {
    const { data } = useData<{ drafts: Draft[] }>("/api/drafts");
    const drafts = data?.drafts.filter((draft) => (draft.own || draft.same_person) && (!props.caseId || draft.case === props.caseId)) ?? [];
    if (!drafts.length) return null;
    return (
        <section>
            <h2 class="govuk-heading-m">{t("draft.title")}</h2>
            <ul class="hf-rows">
                {drafts.map((draft) => (
                    <li key={draft.record + draft.device}>
                        <div>
                            <Link to={draft.own ? `/draft/${draft.record}` : `/draft/${draft.record}/${draft.device}`}>{t("draft.name", { label: labelText(draft.type, draft.label), reference: draft.reference })}</Link>
                            <DraftLines draft={draft} />
                        </div>
                    </li>
                ))}
            </ul>
        </section>
    );
}
