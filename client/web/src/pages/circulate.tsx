// Who is sent the notes of one meeting: people who were there and around the child, with the addresses on record; each is confirmed.
// Somebody who is not listed is added from here, and what was typed about the others stands as it was when one comes back.
import { useState } from "preact/hooks";
import { ApiError, post, RecordRow } from "../api";
import { Line, Select } from "../inputs";
import { Back, Failed, Heading, useTitle } from "../layout";
import { Link } from "../router";
import { announce, useData } from "../store";
import { answerLang, codeText, t, timeText } from "../strings";
import { CodeWord, Rich } from "../words";
import { PageProps } from "../pages";
import { Full, one } from "./dashboard";
import { ErrorSummary } from "./enter";
import { NewRecord } from "./record";

interface Recipient {
    id: string;
    name: string;
    role: string;
    was_there: boolean;
    by_name?: boolean; // on record as an attendee by the name alone
    ways: string[];
}
const channels = ["secure_link", "email", "letter", "by_hand", "in_person", "message", "other"];

/** Which sheet somebody in this role gets. */
export function readerOf(role: string): "professional" | "carer" | "parent" | "child" {
    if (role === "child" || role === "parent") return role;
    if (role.startsWith("carer") || role === "agency_carer") return "carer";
    return role ? "professional" : "parent"; // of somebody unknown the one that leaves out more
}

function sentTo(person: Recipient, sent: Full[]): Full | undefined {
    return sent.find((row) => (person.id ? one(row, "recipient") === person.id : one(row, "name") === person.name));
}

interface Typed {
    open: boolean;
    address?: string; // the one on record until somebody types another
    channel: string;
    confirmed: boolean;
}
const fresh: Typed = { open: false, channel: "secure_link", confirmed: false };
/** What was typed and not recorded yet, by meeting and person: as long as the page is open, and nowhere else. */
const kept = new Map<string, Typed>();

function useTyped(key: string): [Typed, (change: Partial<Typed>) => void, () => void] {
    const [typed, setTyped] = useState(kept.get(key) ?? fresh);
    const put = (change: Partial<Typed>) => {
        const next = { ...(kept.get(key) ?? fresh), ...change };
        kept.set(key, next);
        setTyped(next);
    };
    return [typed, put, () => (kept.delete(key), setTyped({ ...fresh, open: true }))];
}

function Send(props: { meeting: string; person: Recipient; number: number; sent: Full | undefined }) {
    const { person, number } = props;
    const [typed, put, clear] = useTyped(`${props.meeting} ${person.id || person.name}`);
    const [unknown, setUnknown] = useState(false);
    const [problem, setProblem] = useState("");
    const { channel, confirmed } = typed;
    const address = typed.address ?? person.ways[0] ?? "";
    const id = `send-${number}`;
    const record = (anyway: boolean) =>
        void post(`/api/meetings/${props.meeting}/circulate`, { recipient: person.id || null, name: person.id && !person.by_name ? null : person.name, role: person.role || null, address: address.trim(), channel, confirmed, anyway }).then(
            () => (announce(t("act.done")), setProblem(""), setUnknown(false), clear()),
            (error: ApiError) => (setUnknown(error.reason === "unknown_address"), setProblem(error.message || t("gone.text"))),
        );
    return (
        <section class="hf-version">
            <h2 class="govuk-heading-s">{person.role ? <Rich text="duty.who" parts={{ person: <bdi>{person.name}</bdi>, role: <CodeWord code={person.role} /> }} /> : <bdi>{person.name}</bdi>}</h2>
            <p class="govuk-body">{[t(person.was_there ? "circulation.wasThere" : "circulation.wasNotThere"), props.sent ? t("circulation.sentAt", { time: timeText(one(props.sent, "sent_at")), how: codeText(one(props.sent, "channel")) }) : t("circulation.notSent")].join(" · ")}</p>
            <p class="govuk-body">
                <Link to={`/meeting/${props.meeting}/sheet/${readerOf(person.role)}`}>{t("circulation.sheet", { name: person.name })}</Link>
            </p>
            <details class="govuk-details govuk-!-margin-bottom-0" open={typed.open} onToggle={(event) => put({ open: (event.target as HTMLDetailsElement).open })}>
                <summary class="govuk-details__summary">
                    <span class="govuk-details__summary-text">{t("circulation.write", { name: person.name })}</span>
                </summary>
                <form class="govuk-details__text" onSubmit={(event) => (event.preventDefault(), record(false))}>
                    <ErrorSummary problems={problem ? [{ field: id, text: problem }] : []} />
                    <Line id={id} label={t("circulation.address")} value={address} onChange={(text) => put({ address: text })} />
                    <Select id={`${id}-how`} label={t("circulation.how")} value={channel} options={channels.map((code) => [code, codeText(code)])} onChange={(code) => put({ channel: code })} />
                    <div class="govuk-checkboxes govuk-checkboxes--small govuk-!-margin-bottom-4">
                        <div class="govuk-checkboxes__item">
                            <input class="govuk-checkboxes__input" type="checkbox" id={`${id}-sure`} checked={confirmed} onChange={() => put({ confirmed: !confirmed })} />
                            <label class="govuk-label govuk-checkboxes__label" for={`${id}-sure`}>
                                {t("circulation.sure", { name: person.name })}
                            </label>
                        </div>
                    </div>
                    <div class="govuk-button-group">
                        <button class="govuk-button" type="submit">
                            {t("circulation.do")}
                        </button>
                        {unknown && (
                            <button class="govuk-button govuk-button--warning" type="button" onClick={() => record(true)}>
                                {t("circulation.anyway")}
                            </button>
                        )}
                    </div>
                </form>
            </details>
        </section>
    );
}

export function Circulate(props: PageProps) {
    const id = props.params.record ?? "";
    const { data, error } = useData<{ meeting: Full; people: Recipient[]; sent: Full[] }>(`/api/meetings/${id}/recipients`);
    useTitle(t("register.circulation"));
    return (
        <>
            <Back to={`/meeting/${id}`}>{t("meeting.title")}</Back>
            <Heading caption={t("meeting.title")}>{t("circulation.title")}</Heading>
            <p class="govuk-body">{t("circulation.text")}</p>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data?.people.length === 0 && <p class="govuk-body">{t("circulation.nobody")}</p>}
            {data?.people.map((person, i) => <Send meeting={id} person={person} number={i} key={person.id || person.name} sent={sentTo(person, data.sent)} />)}
            {data && (
                <section>
                    <h2 class="govuk-heading-m govuk-!-margin-top-6">{t("circulation.missing")}</h2>
                    <p class="govuk-body">{t("circulation.missingText")}</p>
                    <ul class="hf-add hf-add--first">
                        <li>
                            <Link to={`/meeting/${id}/circulate/person`}>{t("circulation.addPerson")}</Link>
                        </li>
                        <li>
                            <Link to={`/meeting/${id}/circulate/there`}>{t("circulation.addThere")}</Link>
                        </li>
                    </ul>
                </section>
            )}
        </>
    );
}

/** Somebody who was not listed, and then back to who gets the notes. */
function Add(props: PageProps & { type: string; title: string; only: string[]; inMeeting: boolean }) {
    const id = props.params.record ?? "";
    const { data, error } = useData<{ record: RecordRow }>(`/api/records/${id}`);
    if (error) return <Failed text={error.message} />;
    if (!data) return null;
    const { case: caseId } = data.record;
    return <NewRecord params={{ case: caseId, type: props.type, parent: props.inMeeting ? id : caseId }} quick={{ title: props.title, only: props.only, back: `/meeting/${id}/circulate` }} />;
}

export function AddRecipient(props: PageProps) {
    return <Add {...props} type="contact" title={t("circulation.addPerson")} only={["name", "role", "relationship", "organisation", "email", "phone", "address"]} inMeeting={false} />;
}

export function AddAttendee(props: PageProps) {
    return <Add {...props} type="attendance" title={t("circulation.addThere")} only={["person", "name", "role", "attended"]} inMeeting={true} />;
}
