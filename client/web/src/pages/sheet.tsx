// A meeting on paper, for one kind of reader: the app gives only what that reader may see, and this draws it. And the child's own.
import { Disputed, FieldInfo } from "../api";
import { Back, Failed, Heading, useTitle } from "../layout";
import { procedureName } from "../procedures";
import { Link } from "../router";
import { useData } from "../store";
import { codeText, dateText, Key, labelLang, labelText, plural, t, timeText } from "../strings";
import { fieldLabel, fieldLang } from "../fields";
import { Fields as FieldsOf, useFields, useKindName } from "../kinds";
import { PageProps } from "../pages";
import { Disputes } from "../disputes";
import { Full, one, several } from "./dashboard";

interface Sheet {
    reference: string;
    meeting: Full & Disputed;
    sections: { type: string; rows: (Full & Disputed)[] }[];
    left_out: { type: string; records: number; parts: number }[];
    names: Record<string, string>;
}
const readers = ["professional", "carer", "parent", "child"] as const;
const head = ["type", "kind", "start", "end", "place", "mode", "chair", "minuter", "purpose", "outcome"];

function said(info: FieldInfo | undefined, value: string, names: Sheet["names"]): string {
    if (info?.type === "code") return codeText(value);
    if (info?.type === "bool") return t(value === "true" ? "yes" : "no");
    if (info?.type === "time") return timeText(value);
    if (info?.type === "date") return dateText(value);
    if (info?.type === "ref") return names[value] ?? t("field.elsewhere");
    return value;
}

function Fields(props: { row: Full; type: string; infos: FieldsOf; names: Sheet["names"]; only?: string[] }) {
    const shown = (props.infos.get(props.type) ?? []).filter((info) => several(props.row, info.name).length > 0 && (!props.only || props.only.includes(info.name)));
    return (
        <dl class="hf-sheet__fields">
            {shown.map((info) => (
                <div key={info.name}>
                    <dt lang={fieldLang(props.type, info)}>{fieldLabel(props.type, info)}</dt>
                    <dd class="hf-text" dir="auto">{several(props.row, info.name).map((value) => said(info, value, props.names)).join("\n")}</dd>
                </div>
            ))}
        </dl>
    );
}

/** Said on the screen, and not on the paper. */
function LeftOut(props: { rows: Sheet["left_out"] }) {
    const kind = useKindName();
    if (!props.rows.length) return <p class="govuk-body hf-screen">{t("sheet.all")}</p>;
    return (
        <div class="govuk-inset-text hf-screen">
            <h2 class="govuk-heading-s">{t("sheet.leftOut")}</h2>
            <ul class="govuk-list">
                {props.rows.map((row) => (
                    <li key={row.type}>{[kind(row.type), row.records ? plural("cases.records", row.records) : "", row.parts ? plural("sheet.parts", row.parts) : ""].filter(Boolean).join(", ")}</li>
                ))}
            </ul>
        </div>
    );
}

export function MeetingSheet(props: PageProps) {
    const id = props.params.record ?? "";
    const reader = readers.find((name) => name === props.params.whom) ?? "parent";
    const { data, error } = useData<Sheet>(`/api/meetings/${id}/sheet?for=${reader}`);
    const types = data ? ["meeting", ...data.sections.map((section) => section.type)] : [];
    const infos = useFields(types);
    useTitle(t("sheet.title"));
    if (error) return <Failed text={error.message} />;
    const [follows, version] = data ? [one(data.meeting, "policy_id"), one(data.meeting, "policy_version")] : ["", ""];
    const policy = follows && version ? t("policy.named", { name: procedureName(follows), version }) : procedureName(follows);
    return (
        <>
            <Back to={`/meeting/${id}`}>{t("meeting.title")}</Back>
            <nav class="hf-tabs hf-screen" aria-label={t("sheet.whose")}>
                {readers.map((name) => (
                    <Link to={`/meeting/${id}/sheet/${name}`} key={name} current={name === reader}>
                        {t(`sheet.for.${name}` as Key)}
                    </Link>
                ))}
            </nav>
            {data && types.every((type) => infos.has(type)) && ( // whole, or not at all: it may be printed at once
                <>
                    <LeftOut rows={data.left_out} />
                    <p class="govuk-body hf-screen">{t("sheet.read")}</p>
                    <div class="govuk-button-group hf-screen">
                        <button type="button" class="govuk-button" onClick={() => print()}>
                            {t("print")}
                        </button>
                        {reader === "child" && <Link to={`/meeting/${id}/child`}>{t("child.link")}</Link>}
                    </div>
                    <article class="hf-sheet">
                        <Heading caption={data.reference}>{codeText(one(data.meeting, "type")) || t("meeting.title")}</Heading>
                        <p class="hf-sheet__for">{t(`sheet.copy.${reader}` as Key)}</p>
                        <Fields row={data.meeting} type="meeting" infos={infos} names={data.names} only={head} />
                        <Disputes beside={data.meeting} />
                        {data.sections.map((section) => (
                            <section key={section.type}>
                                <h2 class="govuk-heading-m" lang={labelLang(section.type)}>
                                    {labelText(section.type, section.rows[0]?.label ?? section.type)}
                                </h2>
                                {section.rows.map((row) => (
                                    <div key={row.id}>
                                        <Fields row={row} type={section.type} infos={infos} names={data.names} />
                                        <Disputes beside={row} />
                                    </div>
                                ))}
                            </section>
                        ))}
                        <p class="hf-sheet__foot">{[policy && t("sheet.policy", { policy }), t("sheet.printed", { time: timeText(new Date().toISOString()) })].filter(Boolean).join(" · ")}</p>
                    </article>
                </>
            )}
        </>
    );
}

// --- the child's own ---

/** Short sentences, large letters, nothing of what grown-ups said about each other. */
export function ChildSheet(props: PageProps) {
    const id = props.params.record ?? "";
    const { data, error } = useData<Sheet>(`/api/meetings/${id}/sheet?for=child`);
    useTitle(t("sheet.title"));
    if (error) return <Failed text={error.message} />;
    const rows = (type: string) => data?.sections.find((section) => section.type === type)?.rows ?? [];
    const words = rows("views").map((row) => one(row, "words") || one(row, "text")).filter(Boolean);
    const people = rows("attendance").filter((row) => one(row, "attended") !== "absent").map((row) => one(row, "name") || data?.names[one(row, "person")] || "").filter(Boolean);
    return (
        <>
            <Back to={`/meeting/${id}/sheet/child`}>{t("sheet.title")}</Back>
            {data && (
                <>
                    <div class="govuk-button-group hf-screen">
                        <button type="button" class="govuk-button" onClick={() => print()}>
                            {t("print")}
                        </button>
                    </div>
                    <article class="hf-sheet hf-sheet--child">
                        <h1 class="govuk-heading-xl">{t("child.title")}</h1>
                        {one(data.meeting, "start") && <p>{t(Date.parse(one(data.meeting, "start")) > Date.now() ? "child.will" : "child.when", { time: timeText(one(data.meeting, "start")) })}</p>}
                        {people.length > 0 && <p>{t("child.who", { people: people.join(", ") })}</p>}
                        <h2 class="govuk-heading-l">{t("child.said")}</h2>
                        {words.length === 0 && <p>{t("child.saidNothing")}</p>}
                        {words.map((text) => (
                            <blockquote class="hf-words" dir="auto" key={text}>
                                {text}
                            </blockquote>
                        ))}
                        <h2 class="govuk-heading-l">{t("child.agreed")}</h2>
                        {rows("action").length === 0 && <p>{t("child.agreedNothing")}</p>}
                        <ul>
                            {rows("action").map((row) => (
                                <li key={row.id}>
                                    {one(row, "text")}
                                    <span class="hf-sheet__more">
                                        {[one(row, "owner_name") || data.names[one(row, "owner")] ? t("child.does", { name: one(row, "owner_name") || (data.names[one(row, "owner")] ?? "") }) : "", one(row, "due") ? t("child.by", { day: dateText(one(row, "due")) }) : ""].filter(Boolean).join(" ")}
                                    </span>
                                </li>
                            ))}
                        </ul>
                        <h2 class="govuk-heading-l">{t("child.ask")}</h2>
                        <p>{t("child.askText")}</p>
                    </article>
                </>
            )}
        </>
    );
}
