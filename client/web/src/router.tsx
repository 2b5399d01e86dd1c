// The part of the address behind '#' names the page; nothing of it reaches the app.
import { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export function here(): string {
    const path = location.hash.replace(/^#/, "");
    return path.startsWith("/") ? path : "/";
}

export function go(path: string): void {
    location.hash = path;
}

export function useRoute(): string {
    const [path, setPath] = useState(here());
    useEffect(() => {
        const changed = () => setPath(here());
        addEventListener("hashchange", changed);
        changed(); // it may have moved on since the page was drawn
        return () => removeEventListener("hashchange", changed);
    }, []);
    return path;
}

/** The parts of a path that a pattern names: match("/case/:id", "/case/7") is {id: "7"}; null when it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
    const wanted = pattern.split("/");
    const given = (path.split("?")[0] ?? "").split("/");
    if (wanted.length !== given.length) return null;
    const found: Record<string, string> = {};
    for (let i = 0; i < wanted.length; i++) {
        const want = wanted[i] ?? "";
        const part = given[i] ?? "";
        if (want.startsWith(":")) found[want.slice(1)] = decodeURIComponent(part);
        else if (want !== part) return null;
    }
    return found;
}

export function Link(props: { to: string; class?: string; current?: boolean; describedBy?: string; lang?: string | undefined; children: ComponentChildren }) {
    return (
        <a href={`#${props.to}`} class={props.class ?? "govuk-link"} aria-current={props.current ? "page" : undefined} aria-describedby={props.describedBy} lang={props.lang}>
            {props.children}
        </a>
    );
}
