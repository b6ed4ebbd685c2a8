// A provider of OpenID Connect on loopback: node provider.js PORT KIND. PORT 0 is any free one.
// Whoever comes signs in by any password under the name of an account below, of which it tells a name and roles.
// KIND 'plain' takes no pushed requests (RFC 9126) and puts all claims into the ID token, as many providers do.
import { createServer } from 'node:http';
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto; // Node 18 has it under this name alone.
const { default: Provider } = await import('oidc-provider');

const [port, kind] = process.argv.slice(2);
const accounts = {
  vera: { preferred_username: 'vera', roles: ['staff', 'gateway-viewer'] },
  otto: { preferred_username: 'otto', roles: 'gateway-operator' },
  both: { email: 'both@example.com', roles: ['gateway-viewer', 'gateway-operator'] },
  nina: { preferred_username: 'nina', roles: ['gateway-operators', 'staff'] },
  nobody: {},
  last: {}, // After him nobody is answered.
  hostile: { preferred_username: '<script>alert(1)</script>\u202e\u0000 "ann"\n', roles: ['gateway-operator'] },
};

const server = createServer();
server.listen(Number(port), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'gateway', client_secret: 'the-secret-of-the-gateway', response_types: ['code'], grant_types: ['authorization_code'],
      redirect_uris: ['http://127.0.0.1/sign-in/callback'],
    }],
    claims: { openid: ['sub'], profile: ['preferred_username', 'roles'], email: ['email'] },
    conformIdTokenClaims: kind !== 'plain',
    features: { pushedAuthorizationRequests: { enabled: kind !== 'plain' } },
    pkce: { required: () => true },
    cookies: { keys: ['of the tests'] },
    findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
    // It asks for a name and for nothing more.
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
  // The worker's port is another one each time.
  provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/127\.0\.0\.1:\d+(\/gateway)?\/sign-in\/callback$/.test(uri);
  provider.on('authorization.success', (context) => {
    if (context.oidc.session.accountId === 'last') context.res.on('finish', () => process.exit());
  });
  server.on('request', provider.callback());
  console.log(`Listening on ${issuer}`);
});
