// The one place where texts for people come from: strings/en-GB.json in the page, other languages fetched when chosen.
import en from "../strings/en-GB.json";

export type Key = keyof typeof en;
export type Params = Record<string, string | number>;

const english: Record<string, string> = en;
let catalogue: Record<string, string> = english;
let language = "en-GB";

export const languages = ["en-GB", "cy"] as const;

export function currentLanguage(): string {
    return language;
}

export async function useLanguage(name: string): Promise<void> {
    if (name === "en-GB") {
        catalogue = english;
    } else {
        const answer = await fetch(`/${name}.json`);
        if (!answer.ok) return;
        catalogue = { ...english, ...((await answer.json()) as Record<string, string>) };
    }
    language = name;
    document.documentElement.lang = name;
}

/** What somebody wrote, kept apart from the words around it: in a script that runs from right to left it would draw them along. The
 * two marks are not seen and not spoken. */
export function isolate(text: string): string {
    return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(text) ? `\u2068${text}\u2069` : text;
}

function fill(text: string, params?: Params): string {
    return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => isolate(String(params[name] ?? whole))) : text;
}

export function t(key: Key, params?: Params): string {
    return fill(catalogue[key] ?? english[key] ?? key, params);
}

/** One of KEY.one, KEY.two, KEY.few … by the rules of the language, with {n} in it. */
export function plural(key: string, n: number, params?: Params): string {
    const form = new Intl.PluralRules(language).select(n);
    const text = catalogue[`${key}.${form}`] ?? catalogue[`${key}.other`] ?? key;
    return fill(text, { n, ...params });
}

/** What a code of a record is called: code.CODE, or the code itself in plain letters. */
export function codeText(code: string): string {
    const known = catalogue[`code.${code}`];
    if (known) return known;
    const plain = code.replace(/_/g, " ");
    return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** Whether it is the code of a choice at all. */
export function codeKnown(code: string): boolean {
    return `code.${code}` in english;
}

/** What a code of another kind is called, by the text of that key, or the code itself in plain letters. */
export function nameText(key: string, code: string): string {
    return catalogue[key] ?? codeText(code.replace(/-/g, "_"));
}

/** A sentence that a program put together, with the codes in it in plain letters. */
export function plainText(text: string): string {
    return text.replace(/\b[a-z]+(?:_[a-z0-9]+)+\b/g, (code) => codeText(code).replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase()));
}

/** A record's title, which may be the code of a choice or of an alert. */
export function titleText(title: string): string {
    if (/^AL-[A-Z-]+$/.test(title)) return nameText(`alert.${title}`, title);
    return /^[a-z][a-z0-9_]*$/.test(title) ? codeText(title) : isolate(title);
}

/** A label of the table of records, in the chosen language where there is one. */
export function labelText(key: string, label: string): string {
    return catalogue[`label.${key}`] ?? label;
}

/** For `lang`: what there is in English only is marked, so that a screen reader speaks it as English (WCAG 3.1.2). */
export type Lang = "en" | undefined;
export function labelLang(key: string): Lang {
    return language === "en-GB" || catalogue[`label.${key}`] ? undefined : "en";
}
export function codeLang(code: string): Lang {
    return language === "en-GB" || catalogue[`code.${code}`] !== english[`code.${code}`] ? undefined : "en";
}
export function titleLang(title: string): Lang {
    return /^[a-z][a-z0-9_]*$/.test(title) ? codeLang(title) : undefined;
}

const answers = new Set<string>(); // sentences of the program behind the page, which are English
const ANSWERS_MAX = 200;
export function noteAnswer(text: string): void {
    if (answers.size >= ANSWERS_MAX) answers.clear();
    answers.add(text);
}
/** For a text that may be such a sentence: a problem, a message that is spoken. */
export function answerLang(text: string): Lang {
    return answers.has(text) ? englishLang() : undefined;
}

/** Texts of procedures, of the office and of the program behind the page. */
export function englishLang(): Lang {
    return language === "en-GB" ? undefined : "en";
}

// Procedures count their days there, wherever the computer says that it stands.
const timeZone = "Europe/London";

export function timeText(iso: string | null): string {
    if (!iso) return "";
    return new Date(iso).toLocaleString(language, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone });
}

export function clockText(iso: string | null): string {
    return iso ? new Date(iso).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", timeZone }) : "";
}

export function dateText(day: string): string {
    return /^\d{4}-\d\d-\d\d$/.test(day) ? new Date(`${day}T12:00:00Z`).toLocaleDateString(language, { day: "numeric", month: "short", year: "numeric" }) : timeText(day);
}

/** A line that a program put together: its moments as people write them, and of each record's id its end. */
export function humanText(line: string): string {
    const moments = line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+Z/g, (moment) => timeText(moment));
    return moments.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => id.slice(-8));
}

/** The days in it as well, where none of it is somebody's own words. */
export function daysText(line: string): string {
    return humanText(line).replace(/\d{4}-\d\d-\d\d/g, (day) => dateText(day));
}

/** Where a change stands in the signed log, and in which checkpoint this device saw it there. */
export function loggedText(change: { log_index: number; proof_size: number; proved: string | null }): string {
    if (change.log_index < 0) return t("chronology.notLogged");
    if (change.proof_size === 0) return t("chronology.logged", { n: change.log_index });
    return t("chronology.proved", { n: change.log_index, time: timeText(change.proved) });
}
