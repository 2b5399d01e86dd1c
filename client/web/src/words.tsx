// Words within a sentence that are of another language than the page, or of somebody's own script: each is an element of its own.
import { ComponentChildren, Fragment } from "preact";
import { codeLang, codeText, Key, labelLang, labelText, t, titleLang, titleText } from "./strings";

/** A text of the catalogue with elements in its {holes}. */
export function Rich(props: { text: Key; parts: Record<string, ComponentChildren> }) {
    return (
        <>
            {t(props.text)
                .split(/\{(\w+)\}/)
                .map((piece, i) => (
                    <Fragment key={i}>{i % 2 ? props.parts[piece] : piece}</Fragment>
                ))}
        </>
    );
}

export function CodeWord(props: { code: string }) {
    return <span lang={codeLang(props.code)}>{codeText(props.code)}</span>;
}

/** What a kind of record, or a field of one ("action.due"), is called. */
export function LabelWord(props: { name: string; label: string }) {
    return <span lang={labelLang(props.name)}>{labelText(props.name, props.label)}</span>;
}

/** What somebody called it, in whatever script. */
export function TitleWord(props: { title: string }) {
    return <bdi lang={titleLang(props.title)}>{titleText(props.title).replace(/[\u2068\u2069]/g, "")}</bdi>;
}

/** Facts in one line, with a dot between each two. */
export function Facts(props: { parts: ComponentChildren[] }) {
    const parts = props.parts.filter(Boolean);
    return (
        <>
            {parts.map((part, i) => (
                <Fragment key={i}>
                    {i > 0 && " · "}
                    {part}
                </Fragment>
            ))}
        </>
    );
}
