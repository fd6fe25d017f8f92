// A SCIM server made of scimmy-routers as its README shows it: the library answers
// the protocol, these handlers keep users and groups in memory. Nothing here is
// meant to be wrong: what `muster doctor` finds is what such a server is like.
//
//     SECRET_TOKEN=… NODE_PATH=… STORAGE_MILLISECONDS=… [STORAGE_FILE=…] node scimmy.cjs PORT

"use strict";

const { randomUUID } = require("node:crypto");
const { fdatasync, openSync, write } = require("node:fs");
const { promisify } = require("node:util");
const { setTimeout: sleep } = require("node:timers/promises");
const express = require("express");
const SCIMMY = require("scimmy");
const { default: Routers = require("scimmy-routers") } = require("scimmy-routers");

// What a read or a write of a database takes; 0 is none, all is in memory.
const STORAGE_MILLISECONDS = Number(process.env.STORAGE_MILLISECONDS);
const storage = async () => STORAGE_MILLISECONDS && sleep(STORAGE_MILLISECONDS);

// Where every change is written to, a line each, and is on the disk before it is answered: the least
// that a server does whose data shall outlive it. None: a server that forgets everything when it ends.
const { STORAGE_FILE } = process.env;
const log = STORAGE_FILE && openSync(STORAGE_FILE, "a", 0o600);
const [append, sync] = [promisify(write), promisify(fdatasync)];
async function durable(change) {
    if (log === undefined) return;
    await append(log, `${JSON.stringify(change)}\n`);
    await sync(log);
}

// The three handlers of a resource type over one Map; `naming` is its unique attribute.
function store(naming) {
    const rows = new Map();
    const folded = (row) => row[naming].toLowerCase();

    return {
        async ingress(resource, data) {
            await storage();
            const known = rows.get(resource.id);
            if (resource.id && !known) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
            const now = new Date().toISOString();
            const row = JSON.parse(JSON.stringify(data));
            row.id = resource.id ?? randomUUID();
            row.meta = { created: known?.meta.created ?? now, lastModified: now };
            for (const other of rows.values()) {
                if (other.id !== row.id && folded(other) === folded(row)) {
                    throw new SCIMMY.Types.Error(409, "uniqueness", `${naming} ${row[naming]} is taken`);
                }
            }
            rows.set(row.id, row);
            await durable({ put: row });
            return row;
        },
        async egress(resource) {
            await storage();
            if (resource.id) {
                const row = rows.get(resource.id);
                if (!row) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
                return row;
            }
            const all = [...rows.values()];
            return resource.filter ? resource.filter.match(all) : all;
        },
        async degress(resource) {
            await storage();
            if (!rows.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
            await durable({ delete: resource.id });
        },
    };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, store("userName"))
    .declare(SCIMMY.Resources.Group, store("displayName"));
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

const app = express();
app.use("/scim", new Routers({
    type: "bearer",
    baseUri: (request) => `${request.protocol}://${request.get("host")}`,
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${process.env.SECRET_TOKEN}`) {
            throw new Error("the token is wrong");
        }
        return "doctor";
    },
}));
app.listen(Number(process.argv[2]), "127.0.0.1");
