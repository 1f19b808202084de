// What relay-compiler reads. Relay wants its operations named after their module.
import { graphql } from "relay-runtime";

graphql`
  query operationsNearQuery($point: PointInput!, $first: Int, $after: String) {
    productsNear(point: $point, first: $first, after: $after) @connection(key: "Near_productsNear", filters: ["point"]) {
      edges { distanceM node { id name merchant { id name } } }
    }
  }
`;

graphql`
  query operationsOrderQuery($id: ID!) {
    node(id: $id) { id ... on Order { orderCode version status delivery { id status } } }
  }
`;

graphql`
  mutation operationsSaveContactMutation($input: SaveContactInput!, $key: String!) {
    saveContact(input: $input, idempotencyKey: $key) {
      contact { id label }
      problems { code message field }
    }
  }
`;

graphql`
  mutation operationsCancelOrderMutation($id: ID!) {
    cancelOrder(id: $id) {
      order { id version status }
      problems { code message status }
    }
  }
`;

graphql`
  subscription operationsFollowSubscription($id: ID!) {
    orderChanged(id: $id) { id version status delivery { id status } }
  }
`;
