import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.RequiredParam;
import ca.uhn.fhir.rest.annotation.Search;
import ca.uhn.fhir.rest.param.ReferenceOrListParam;
import ca.uhn.fhir.rest.param.ReferenceParam;
import ca.uhn.fhir.rest.param.TokenOrListParam;
import ca.uhn.fhir.rest.param.TokenParam;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.HashMapResourceProvider;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.*;

/** HAPI's plain server with its own in-memory providers, and the two searches that they lack. */
public class PlainServer {
    static final FhirContext R4 = FhirContext.forR4();

    static class Kept<T extends IBaseResource> extends HashMapResourceProvider<T> {
        Kept(Class<T> type) { super(R4, type); }

        @Search
        public synchronized List<T> byIdentifier(@RequiredParam(name = "identifier") TokenOrListParam wanted) {
            return getAllResources().stream().filter(one -> R4.newTerser().getValues(one, "identifier", Identifier.class)
                .stream().anyMatch(identifier -> wanted.getValuesAsQueryTokens().stream().anyMatch(token -> is(identifier, token)))).toList();
        }

        static boolean is(Identifier identifier, TokenParam token) {
            return token.getValue().equals(identifier.getValue()) && token.getSystem().equals(identifier.getSystem());
        }
    }

    static class Provenances extends HashMapResourceProvider<Provenance> {
        Provenances() { super(R4, Provenance.class); }

        @Search
        public synchronized List<Provenance> byTarget(@RequiredParam(name = "target") ReferenceOrListParam wanted) {
            List<String> names = wanted.getValuesAsQueryTokens().stream().map(ReferenceParam::getValue).toList();
            return getAllResources().stream().filter(one -> one.getTarget().stream()
                .anyMatch(target -> names.contains(target.getReferenceElement().toUnqualifiedVersionless().getValue()))).toList();
        }
    }

    public static void main(String[] arguments) throws Exception {
        RestfulServer fhir = new RestfulServer(R4);
        List<IResourceProvider> providers = Stream.of(Patient.class, Practitioner.class, PractitionerRole.class, Encounter.class,
            DocumentReference.class, Procedure.class, RelatedPerson.class, QuestionnaireResponse.class, Observation.class,
            Goal.class, Task.class, CarePlan.class, ServiceRequest.class, CareTeam.class, EpisodeOfCare.class,
            CommunicationRequest.class, Consent.class).<IResourceProvider>map(Kept::new).toList();
        fhir.setResourceProviders(Stream.concat(providers.stream(), Stream.of(new Provenances())).toList());
        Server server = new Server(0);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(fhir), "/fhir/*");
        server.setHandler(context);
        server.start();
        System.out.println(server.getURI().getPort());
        server.join();
    }
}
