// What is around every page: skip link, header with the state of sending, quick hide, help, live region.
import { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { get, post, Sent, Session, Sync } from "./api";
import { doors } from "./doors";
import { Notices } from "./notices";
import { useProcedureNames } from "./procedures";
import { Link, useRoute } from "./router";
import { announce, getState, setState, takeSession, useStore } from "./store";
import { answerLang, currentLanguage, englishLang, Lang, languages, plural, t, useLanguage } from "./strings";

const JUST_NOW_MS = 60 * 1000;
const OLD_MS = 4 * 60 * 60 * 1000; // unsent for longer than this is amber

/** Names of pages and windows never say who the records are about. */
export function useTitle(title: string): void {
    useEffect(() => {
        document.title = title ? t("window.titleOf", { page: title }) : t("window.title");
    }, [title]);
}

export function Heading(props: { children: string; caption?: string; lang?: Lang }) {
    return (
        <>
            {props.caption && <span class="govuk-caption-l">{props.caption}</span>}
            <h1 class="govuk-heading-l" lang={props.lang}>
                {props.children}
            </h1>
        </>
    );
}

/** A page that cannot show what it is for. */
export function Failed(props: { text: string }) {
    useTitle(t("failed.title"));
    return (
        <>
            <Back to="/" />
            <Heading>{t("failed.title")}</Heading>
            <p class="govuk-body" lang={props.text ? englishLang() : undefined}>
                {props.text || t("gone.text")}
            </p>
        </>
    );
}

export function Back(props: { to: string; children?: string }) {
    return (
        <Link to={props.to} class="govuk-back-link">
            {props.children ?? t("back")}
        </Link>
    );
}

/** The three words, and nothing else, for how far a record has come. */
export function SentTag(props: { sent: Sent }) {
    if (props.sent === "received") return <span class="hf-received">{t("sent.received")}</span>;
    const colour = { saved_here: "govuk-tag--yellow", sent: "govuk-tag--blue" }[props.sent];
    return <strong class={`govuk-tag ${colour}`}>{t(`sent.${props.sent}`)}</strong>;
}

/** "{n} minutes", "{n} hours", "{n} days". */
export function spanText(ms: number): string {
    const minutes = Math.max(0, Math.floor(ms / 60000));
    if (minutes < 60) return plural("age.minutes", minutes);
    return minutes < 2880 ? plural("age.hours", Math.floor(minutes / 60)) : plural("age.days", Math.floor(minutes / 1440));
}

function ageOf(iso: string | null): number {
    return iso ? Math.max(0, Date.now() - Date.parse(iso)) : 0;
}

export function ageText(iso: string | null): string {
    return spanText(ageOf(iso));
}

/** "just now", "5 minutes ago". */
export function agoText(iso: string | null): string {
    return ageOf(iso) < JUST_NOW_MS ? t("age.now") : t("age.ago", { age: ageText(iso) });
}

/** When the oldest of n things was: "just now" is of them all. */
export function oldestText(n: number, iso: string | null): string {
    return n > 1 && ageOf(iso) >= JUST_NOW_MS ? t("age.oldest", { ago: agoText(iso) }) : agoText(iso);
}

function Pill(props: { sync: Sync | null }) {
    const { sync } = props;
    if (!sync) return null;
    const unsent = sync.saved_here;
    const old = unsent > 0 && sync.oldest_unsent !== null && Date.now() - Date.parse(sync.oldest_unsent) > OLD_MS;
    const attention = sync.conflicts + sync.held + sync.decided;
    let words = t("sent.received");
    if (sync.sent) words = t("pill.sent", { n: sync.sent, words: t("sent.sent") });
    if (unsent) words = t("pill.unsent", { n: unsent, words: t("sent.saved_here"), age: oldestText(unsent, sync.oldest_unsent) });
    if (attention) words += ` · ${plural("pill.attention", attention)}`;
    return (
        <Link to="/sync" class={`hf-pill${old || attention ? " hf-pill--old" : unsent || sync.sent ? " hf-pill--waiting" : ""}`}>
            <span class="govuk-visually-hidden">{t("pill.label")} </span>
            <span class="hf-pill__words">{words}</span>
        </Link>
    );
}

// --- keeping the cursor while the page is covered ---

interface Place {
    element: HTMLElement;
    from: number | null;
    to: number | null;
}

function rememberPlace(): Place | null {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) return null;
    const text = element instanceof HTMLTextAreaElement || (element instanceof HTMLInputElement && element.type === "text");
    return { element, from: text ? element.selectionStart : null, to: text ? element.selectionEnd : null };
}

function returnTo(place: Place | null): void {
    if (!place?.element.isConnected) return;
    place.element.focus();
    if (place.from !== null && "setSelectionRange" in place.element) (place.element as HTMLTextAreaElement).setSelectionRange(place.from, place.to);
}

/** Hides what is on the screen, keeps it as it is, and comes back to the same cursor. */
export function useCover(covered: boolean): void {
    const place = useRef<Place | null>(null);
    const last = useRef<Place | null>(null);
    const was = useRef(false);
    useEffect(() => {
        const note = (event: Event) => {
            if (event.target instanceof HTMLElement && event.target.closest("[data-keeps-cursor]")) last.current = rememberPlace();
        };
        for (const event of ["focusin", "keyup", "click", "input"]) document.addEventListener(event, note, true);
        return () => {
            for (const event of ["focusin", "keyup", "click", "input"]) document.removeEventListener(event, note, true);
        };
    }, []);
    if (covered && !was.current) place.current = last.current;
    const before = was.current;
    was.current = covered;
    useEffect(() => {
        if (before && !covered) returnTo(place.current);
    }, [covered]);
}

function LanguageChoice() {
    const { language } = useStore();
    const choose = async (name: string) => {
        await useLanguage(name);
        localStorage.setItem("language", name);
        setState({ language: language + 1 });
    };
    return (
        <>
            {languages
                .filter((name) => name !== currentLanguage())
                .map((name) => (
                    <button type="button" class="hf-plain-button" lang={name} key={name} onClick={() => void choose(name)}>
                        {t(`language.${name}`)}
                    </button>
                ))}
        </>
    );
}

function LiveRegion() {
    const { said } = useStore();
    return (
        <div class="govuk-visually-hidden" role="status" aria-live="polite" lang={answerLang(said)}>
            {said}
        </div>
    );
}

export function QuickHide() {
    return (
        <div class="hf-cover">
            <button type="button" class="govuk-button govuk-button--secondary" autofocus ref={(button) => button?.focus()} onClick={() => setState({ hidden: false })}>
                {t("hide.back")}
            </button>
        </div>
    );
}

export function Layout(props: { session: Session; children: ComponentChildren }) {
    const { sync, refused } = useStore();
    const main = useRef<HTMLElement>(null);
    const path = useRoute();
    const named = useProcedureNames();
    const door = props.session.identity?.revoked ? [] : doors(props.session.identity?.role ?? "");
    const [open, setOpen] = useState(false);
    const menu = useRef<HTMLButtonElement>(null);
    useEffect(() => {
        const moved = () => {
            setOpen(false);
            scrollTo(0, 0);
            main.current?.focus();
        };
        addEventListener("hashchange", moved);
        return () => removeEventListener("hashchange", moved);
    }, []);
    // News comes when there is some; until then the pill says how things stand.
    useEffect(() => {
        if (props.session.state === "unlocked" && !sync) get<{ sync: Sync | null }>("/api/sync").then((now) => getState().sync || setState({ sync: now.sync }), () => undefined);
    }, [props.session.state]);
    const close = (event: KeyboardEvent) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        menu.current?.focus();
    };
    const lock = () => post<Session>("/api/session/lock", {}).then(takeSession, () => announce(t("gone.text")));
    const skip = (event: Event) => {
        event.preventDefault();
        main.current?.focus();
    };
    return (
        <>
            <a href="#main" class="govuk-skip-link" onClick={skip}>
                {t("skip")}
            </a>
            <header class="hf-header" onKeyDown={close}>
                <div class="hf-header__in">
                    <p class="hf-header__name">
                        <Link to="/" class="hf-header__link">
                            {t("window.title")}
                        </Link>
                    </p>
                    <div class="hf-header__right">
                        <button type="button" class="hf-button" onClick={() => setState({ hidden: true })}>
                            {t("hide.button")}
                        </button>
                        <button type="button" class="hf-button" onClick={() => void lock()}>
                            {t("lock.button")}
                        </button>
                    </div>
                    <div class="hf-header__state">
                        <Pill sync={sync} />
                    </div>
                    {door.length > 0 && (
                        <button type="button" class="hf-button hf-header__menu" aria-expanded={open} aria-controls="pages" ref={menu} onClick={() => setOpen(!open)}>
                            {t("nav.menu")}
                        </button>
                    )}
                </div>
            </header>
            <nav class={`hf-nav${open ? " hf-nav--open" : ""}`} id="pages" aria-label={t("nav.label")} hidden={door.length === 0} onKeyDown={close} onClick={() => setOpen(false)}>
                <ul>
                    {door.map((entry) => (
                        <li key={entry.path}>
                            <Link to={entry.path} current={path === entry.path || path.startsWith(`${entry.path}/`) || (path === "/" && entry === door[0])}>
                                {t(entry.text)}
                            </Link>
                        </li>
                    ))}
                </ul>
            </nav>
            <main class="hf-page" id="main" tabIndex={-1} ref={main} data-keeps-cursor="">
                {refused === "gone" && (
                    <div class="govuk-inset-text" role="alert">
                        <strong>{t("gone.title")}.</strong> {t("gone.text")} {t("lost.next")}
                    </div>
                )}
                {!props.session.identity?.revoked && <Notices />}
                {named && props.children}
            </main>
            <footer class="hf-footer">
                <div>
                    <Link to="/help">{t("help.link")}</Link>
                    <LanguageChoice />
                    <span>{props.session.identity ? t("footer.who", { name: props.session.identity.name, role: t(`role.${props.session.identity.role}` as "role.worker") }) : ""}</span>
                </div>
            </footer>
            <LiveRegion />
        </>
    );
}
