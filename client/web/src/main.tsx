import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Layout, QuickHide, useCover } from "./layout";
import { pages } from "./pages";
import { Enrol, Lost, Unlock } from "./pages/enter";
import { NotFound } from "./pages/help";
import { RevokedPage } from "./pages/sync";
import { match, useRoute } from "./router";
import { begin, useStore, watchPerson } from "./store";
import { currentLanguage, useLanguage } from "./strings";

function Page() {
    const path = useRoute();
    for (const [pattern, Component] of pages) {
        const params = match(pattern, path);
        if (params) return <Component params={params} key={path} />;
    }
    return <NotFound />;
}

/** A page that was open stays as it is, unseen, while it is locked or hidden: nothing typed is lost. */
function App() {
    const { session, refused, hidden, language } = useStore();
    const locked = session?.state === "locked";
    const lost = refused !== "" && refused !== "gone";
    const covered = hidden || locked || lost;
    useCover(covered);
    useEffect(() => void (document.documentElement.lang = currentLanguage()), [language]);
    if (!session) return refused ? <Lost why={refused} /> : null;
    if (session.state === "empty") return <Enrol />;
    const opened = session.identity !== null;
    return (
        <>
            {opened && (
                <div hidden={covered}>
                    <Layout session={session}>
                        {session.identity?.revoked ? <RevokedPage /> : <Page key={language} />}
                    </Layout>
                </div>
            )}
            {lost ? <Lost why={refused} /> : hidden ? <QuickHide /> : locked ? <Unlock /> : null}
        </>
    );
}

const root = document.getElementById("app");
if (root) {
    watchPerson();
    void useLanguage(localStorage.getItem("language") ?? "en-GB")
        .catch(() => undefined)
        .then(begin)
        .then(() => render(<App />, root));
}
