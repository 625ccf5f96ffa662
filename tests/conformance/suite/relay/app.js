// What a Relay app writes. Compiled by the Relay compiler, never run.

import { graphql } from 'react-relay';

export const ideas = graphql`
  query appIdeasQuery($first: Int!) {
    viewer {
      person {
        id
        name
      }
    }
    ...appIdeas_ideas @arguments(first: $first)
  }
`;

export const list = graphql`
  fragment appIdeas_ideas on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "IdeasPaginationQuery") {
    ideas(first: $first, after: $after) @connection(key: "appIdeas_ideas") {
      totalCount
      edges {
        node {
          id
          reference
          ...appOne_idea
        }
      }
    }
  }
`;

export const one = graphql`
  fragment appOne_idea on Idea @refetchable(queryName: "appOneRefetchQuery") {
    title
    voteCount
    author {
      name
    }
  }
`;

export const move = graphql`
  mutation appMoveMutation($input: SubmissionMoveInput!) {
    submissionMove(input: $input) {
      submission {
        id
        phase
        version
      }
      userErrors {
        field
        message
      }
    }
  }
`;

export const steps = graphql`
  subscription appStepsSubscription($after: String) {
    ideaStatusChanged(after: $after) {
      cursor
      idea {
        id
        ...appOne_idea
      }
    }
  }
`;
