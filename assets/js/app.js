// What the pages gain from JavaScript. Every one of these is a shortcut for something that works without it.
import { startCopying } from "./copy.js";
import { startForm } from "./form.js";
import { startGrid } from "./grid.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMatching } from "./matching.js";
import { startSoFar } from "./sofar.js";
import { startReading } from "./reading.js";

startKeys();
startCopying();
startForm();
startGrid();
startLive();
startMatching();
startSoFar();
startReading();
