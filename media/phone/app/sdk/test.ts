// The designer's test page: plays a game on the own computer, in the same frame as on a phone.

import { rehearse } from "../src/rehearsal";

document.querySelectorAll<HTMLElement>("[data-rehearsal]").forEach(rehearse);
