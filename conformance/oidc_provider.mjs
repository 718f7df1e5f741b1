// A real OpenID provider (npm oidc-provider) on loopback, for the accounts and the style it is told.
// node oidc_provider.mjs '{"port", "style", "client", "secret", "redirect", "auth", "accounts"}'

import { generateKeyPairSync } from "node:crypto";
import http from "node:http";
import Provider from "oidc-provider";

const told = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${told.port}`;
const portal = told.style === "portal";

function key(alg, kid) {
  const pair =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...pair.privateKey.export({ format: "jwk" }), alg, use: "sig", kid };
}

const started = Date.now(); // new keys, under new names, at every start
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: told.client,
      client_secret: told.secret,
      redirect_uris: [told.redirect],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      token_endpoint_auth_method: told.auth,
      id_token_signed_response_alg: portal ? "RS256" : "ES256",
    },
  ],
  jwks: { keys: [key("RS256", `r${started}`), key("ES256", `e${started}`)] },
  cookies: { keys: [`for-tests-${started}`] },
  pkce: { required: () => true },
  acrValues: ["1", "2"],
  conformIdTokenClaims: portal, // the portal tells claims at its userinfo, a realm in the ID token
  claims: {
    openid: portal
      ? ["sub", "SoDinhDanh", "NgayThangNamSinh", "LoaiTaiKhoan", "loAs"]
      : ["sub", "preferred_username", "birthdate"],
    acr: null,
    auth_time: null,
  },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...told.accounts[id], sub: id }) }),
  async loadExistingGrant(ctx) {
    // Consent is not what is tried here: whoever showed themselves has given it.
    const { client, session, requestParamScopes } = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({
      clientId: client.clientId,
      accountId: session.accountId,
    });
    grant.addOIDCScope([...requestParamScopes].join(" "));
    grant.addOIDCClaims(["acr", "auth_time"]);
    await grant.save();
    return grant;
  },
});

async function formOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}

async function showOneself(request, response) {
  const id = (await formOf(request)).get("account");
  const login = { accountId: id, acr: told.accounts[id].acr, amr: ["face"], remember: false };
  await provider.interactionFinished(request, response, { login });
}

const toTheProvider = provider.callback();
const server = http.createServer((request, response) => {
  if (request.method === "POST" && request.url.startsWith("/interaction/")) {
    showOneself(request, response).catch(() => response.writeHead(400).end());
  } else if (request.url.startsWith("/interaction/")) {
    response.end("Who are you?");
  } else {
    toTheProvider(request, response);
  }
});
server.listen(told.port, "127.0.0.1", () => console.log("listening"));
