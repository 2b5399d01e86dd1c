// What belongs to a record beside its plain parts: what was written and does not count yet, and what has happened with an action.
import { RecordRow } from "../api";
import { Link } from "../router";
import { useData } from "../store";
import { t, timeText } from "../strings";
import { RecordList } from "./case";
import { Held } from "./sync";

/** A part that the procedure gives to somebody else is no record yet: whoever wrote it finds it where they wrote it. */
export function WaitingHere(props: { record: string }) {
    const { data } = useData<{ held: Held[] }>("/api/attention");
    const held = data?.held.filter((change) => change.record && change.record.id !== props.record && change.edits.some((edit) => edit.field === "parent" && edit.value === props.record)) ?? [];
    if (!held.length) return null;
    return (
        <section>
            <h2 class="govuk-heading-m">{t("record.waiting")}</h2>
            <ul class="hf-rows">
                {held.map((change) => (
                    <li key={change.id}>
                        <div>
                            <Link to={`/record/${change.record?.id}`}>{t("record.named", { label: change.record?.label ?? "", title: timeText(change.time) })}</Link>
                            <p class="govuk-body govuk-!-margin-bottom-0">{change.held || t("attention.waiting")}</p>
                        </div>
                    </li>
                ))}
            </ul>
        </section>
    );
}

/** Each update is a record of its own, by its words. */
export function Updates(props: { caseId: string; action: string }) {
    const { data } = useData<{ records: (RecordRow & { with?: string })[] }>(`/api/records?case=${props.caseId}&parent=${props.action}&type=action_update&with=text`);
    const rows = data?.records ?? [];
    if (!rows.length) return null;
    return (
        <>
            <h2 class="govuk-heading-m">{t("update.list")}</h2>
            <RecordList rows={rows.map((row) => ({ ...row, title: row.with ?? "" }))} />
        </>
    );
}
