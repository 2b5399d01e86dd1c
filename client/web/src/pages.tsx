// Every page by its path. To add one: a component in pages/, a row here, and an entry in doors.ts when it is to be found from
// everywhere.
import { ComponentType } from "preact";
import { isWorker } from "./doors";
import { useStore } from "./store";
import { Audit } from "./pages/audit";
import { Case, CaseDuties, Concerns } from "./pages/case";
import { Cases } from "./pages/cases";
import { Chronology } from "./pages/chronology";
import { AddAttendee, AddRecipient, Circulate } from "./pages/circulate";
import { Clashes } from "./pages/clashes";
import { Dashboard, DashboardFigure } from "./pages/dashboard";
import { Help } from "./pages/help";
import { Meeting } from "./pages/meeting";
import { OfficeCases, OfficeHeld, OfficePeople } from "./pages/office";
import { Oversight } from "./pages/oversight";
import { Procedure, Procedures } from "./pages/procedures";
import { Calendars, Readings } from "./pages/readings";
import { Registers } from "./pages/registers";
import { OfficeProcedure, OfficeProcedures } from "./pages/releases";
import { ChildSheet, MeetingSheet } from "./pages/sheet";
import { Moving, Placing } from "./pages/placing";
import { EditRecord, NewGuided, NewRecord, OpenDraft, ShowRecord } from "./pages/record";
import { SyncPage } from "./pages/sync";
import { AskForMeeting, CallMeeting, UpdateAction } from "./pages/quick";
import { Search } from "./pages/search";
import { Urgent } from "./pages/urgent";
import { VoicePage } from "./pages/voice";
import { Work } from "./pages/work";

export interface PageProps {
    params: Record<string, string>;
}

/** The first page, by role. */
function Home(props: PageProps) {
    const { session } = useStore();
    const role = session?.identity?.role ?? "";
    if (role === "auditor") return <Audit />;
    if (role === "admin") return <OfficePeople />;
    return isWorker(role) ? <Work {...props} /> : <Dashboard />;
}

export const pages: [string, ComponentType<PageProps>][] = [
    ["/", Home],
    ["/my-work", Work],
    ["/my-work/:who", Work],
    ["/procedures", Procedures],
    ["/procedure/:name", Procedure],
    ["/cases", Cases],
    ["/case/:case", Case],
    ["/case/:case/chronology", Chronology],
    ["/case/:case/duties", CaseDuties],
    ["/case/:case/concerns", Concerns],
    ["/case/:case/voice", VoicePage],
    ["/case/:case/placing", Placing],
    ["/case/:case/moving", Moving],
    ["/case/:case/form/:guide/:parent", NewGuided],
    ["/case/:case/ask", AskForMeeting],
    ["/case/:case/call/:request", CallMeeting],
    ["/action/:case/:record/update", UpdateAction],
    ["/search", Search],
    ["/case/:case/new/:type", NewRecord],
    ["/case/:case/new/:type/:parent", NewRecord],
    ["/case/:case/new/:type/:parent/:slot", NewRecord],
    ["/record/:record", ShowRecord],
    ["/record/:record/edit", EditRecord],
    ["/draft/:record", OpenDraft],
    ["/draft/:record/:device", OpenDraft],
    ["/meeting/:record", Meeting],
    ["/meeting/:record/circulate", Circulate],
    ["/meeting/:record/circulate/person", AddRecipient],
    ["/meeting/:record/circulate/there", AddAttendee],
    ["/meeting/:record/sheet/:whom", MeetingSheet],
    ["/meeting/:record/child", ChildSheet],
    ["/clashes", Clashes],
    ["/clashes/:record", Clashes],
    ["/urgent", Urgent],
    ["/sync", SyncPage],
    ["/office/people", OfficePeople],
    ["/office/cases", OfficeCases],
    ["/office/held", OfficeHeld],
    ["/dashboard", Dashboard],
    ["/dashboard/:figure", DashboardFigure],
    ["/oversight/:who", Oversight],
    ["/office/registers/:which", Registers],
    ["/office/procedures", OfficeProcedures],
    ["/office/procedure/:name/:version", OfficeProcedure],
    ["/office/readings", Readings],
    ["/office/calendars", Calendars],
    ["/audit", Audit],
    ["/help", Help],
];
