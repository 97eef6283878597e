// What pages gain where scripts run. Each part looks for its own marks on the page and does nothing without them;
// every page is complete without any of this.
import { votes } from "./vote.js";
import { menus } from "./menu.js";
import { live } from "./live.js";
import { drafts } from "./draft.js";
import { similar } from "./similar.js";
import { roadmap } from "./roadmap.js";
import { links } from "./links.js";
import { copies } from "./copy.js";
import { more } from "./more.js";
import { ways } from "./ways.js";
import { bars } from "./bars.js";

for (const part of [bars, votes, menus, drafts, similar, roadmap, links, copies, more, ways, live]) {
  try { part(); } catch (error) { console.error(error); }
}
